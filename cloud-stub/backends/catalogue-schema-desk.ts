/** The legal desk's tables: people, demands, their steps, papers, items decided and notices. */

const hash = (column: string): string =>
  `length(${column}) = 64 and ${column} not glob '*[^0-9a-f]*'`;
const ulid = (column: string): string =>
  `length(${column}) = 26 and ${column} glob '[0-7]*' and ${column} not glob '*[^0-9A-HJKMNP-TV-Z]*'`;

const people = `
create table agencies (
  agency      text primary key check (${ulid('agency')}),
  name        text not null unique check (length(name) between 1 and 200),
  domains     text not null check (json_type(domains) = 'array'),
  caseNumbers text not null,
  verifiedAt  integer,
  verifiedBy  text,
  check ((verifiedAt is null) = (verifiedBy is null))
) strict;

-- Cases that an agency has closed: no demand comes in under their numbers. [V17]
create table closedCases (
  agency     text not null references agencies,
  caseNumber text not null,
  closedAt   integer not null,
  primary key (agency, caseNumber)
) strict;

create table principals (
  principal    text primary key check (${ulid('principal')}),
  name         text not null unique check (length(name) between 1 and 200),
  roles        text not null check (json_type(roles) = 'array'),
  agency       text references agencies,
  account      text references accounts,
  secondFactor integer not null check (secondFactor in (0, 1)),
  addedAt      integer not null,
  revokedAt    integer check (revokedAt >= addedAt)
) strict;

-- Only their hash is kept: who reads this table can log in as nobody.
create table principalTokens (
  tokenHash text primary key check (${hash('tokenHash')}),
  principal text not null references principals,
  issuedAt  integer not null,
  expiresAt integer check (expiresAt > issuedAt)
) strict;
create index tokensOfPrincipal on principalTokens (principal);
`;

const demands = `
-- The served papers, byte for byte, by their hash.
create table documents (
  sha256     text primary key check (${hash('sha256')}),
  mediaType  text not null,
  sizeBytes  integer not null check (sizeBytes = length(bytes)),
  receivedAt integer not null,
  bytes      blob not null
) strict;

create table demands (
  demand         text primary key check (${ulid('demand')}),
  agency         text not null references agencies,
  sender         text not null references principals,
  process        text not null,
  caseNumber     text,
  documentSha256 text not null references documents,
  receivedAt     integer not null,
  stage          text not null check (
    stage in ('received', 'asked', 'in-review', 'decided', 'delivered', 'closed')),
  steps          integer not null check (steps > 0),
  lookAt         integer
) strict;
create index demandsOfAgency on demands (agency, demand desc);
create index demandsByDocument on demands (documentSha256, receivedAt);
create index demandsToLookAt on demands (lookAt) where lookAt is not null;

-- What happened in a matter; the matter is their fold. Two who act at once: the second step of the
-- same number is refused by the key.
create table demandSteps (
  demand text not null references demands,
  step   integer not null check (step > 0),
  at     integer not null,
  name   text not null,
  facts  text not null check (json_type(facts) = 'object'),
  primary key (demand, step)
) strict;
create trigger demandStepStands before update on demandSteps
begin
  select raise(abort, 'a step of a matter is never changed');
end;
create trigger demandStepStays before delete on demandSteps
begin
  select raise(abort, 'a step of a matter is never removed');
end;

create table decisionItems (
  demand      text not null references demands,
  round       integer not null,
  key         text not null,
  class       text not null check (class in ('subscriber', 'non-content', 'content')),
  thing       text,
  clip        text,
  account     text,
  inScope     integer not null check (inScope in (0, 1)),
  released    integer not null check (released in (0, 1)),
  because     text not null,
  edge        integer not null check (edge in (0, 1)),
  decryptable integer not null check (decryptable in (0, 1)),
  primary key (demand, round, key),
  check (released <= inScope),
  check ((class = 'content') = (clip is not null))
) strict;

create table notices (
  notice  text primary key check (${ulid('notice')}),
  demand  text not null references demands,
  account text not null references accounts,
  sentAt  integer,
  toldAt  integer check (toldAt >= sentAt),
  unique (demand, account)
) strict;
create index noticesOfAccount on notices (account, sentAt desc) where sentAt is not null;
create index noticesToTell on notices (sentAt) where toldAt is null and sentAt is not null;
`;

export const deskSchema = people + demands;
