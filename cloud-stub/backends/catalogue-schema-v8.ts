/** Holds that one person proposed and a second has not approved yet; see catalogue-schema.ts. */

const ulid = (column: string): string =>
  `length(${column}) = 26 and ${column} glob '[0-7]*' and ${column} not glob '*[^0-9A-HJKMNP-TV-Z]*'`;
const person = (column: string): string => `length(${column}) between 1 and 200`;

export const catalogueSchemaV8 = `
-- Nothing is held by a proposal. [LEG-5]
create table holdProposals (
  -- The hold that it becomes.
  hold       text primary key check (${ulid('hold')}),
  basis      text not null check (${ulid('basis')}),
  scope      text not null check (json_type(scope) = 'object'),
  proposedAt integer not null,
  proposedBy text not null check (${person('proposedBy')}),
  -- Exclusive: approved by then, or never.
  expiresAt  integer not null check (expiresAt > proposedAt),
  approvedAt integer check (approvedAt >= proposedAt and approvedAt < expiresAt),
  approvedBy text check (${person('approvedBy')}),
  check ((approvedAt is null) = (approvedBy is null))
) strict;

create trigger holdProposalStays before delete on holdProposals
begin
  select raise(abort, 'a proposal stays on record');
end;
create trigger holdProposalIsFrozen before update on holdProposals
when old.approvedAt is not null or new.hold <> old.hold or new.basis <> old.basis
or new.scope <> old.scope or new.proposedBy <> old.proposedBy
begin
  select raise(abort, 'what was proposed never changes, and is approved once');
end;
`;
