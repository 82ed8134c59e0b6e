/** What an account adds to the catalogue: plans, records of access, escrow; see catalogue-schema.ts. */

const ulid = (column: string): string =>
  `length(${column}) = 26 and ${column} glob '[0-7]*' and ${column} not glob '*[^0-9A-HJKMNP-TV-Z]*'`;
const dayMs = 86_400_000;

const plans = `
-- The plan of an account from fromAt (inclusive) to the next row's; before the first the profile's own
-- window holds. clipWindowMs null: the plan has lapsed. [RET-3]
create table plans (
  account      text not null references accounts,
  fromAt       integer not null check (fromAt >= 0),
  name         text not null check (length(name) between 1 and 64),
  clipWindowMs integer check (clipWindowMs between ${dayMs} and ${180 * dayMs}),
  primary key (account, fromAt)
) strict;
create trigger planIsHistory before update on plans
begin
  select raise(abort, 'a plan that was in force is never rewritten');
end;
create trigger planStays before delete on plans
begin
  select raise(abort, 'a plan that was in force stays on record');
end;
create trigger planComesLast before insert on plans
when exists (select 1 from plans where account = new.account and fromAt >= new.fromAt)
begin
  select raise(abort, 'a plan begins after the one before it');
end;

-- The owner closed the account, or the plan lapsed; also on clips that arrive later. [DEL-5]
alter table clips add column accountClosedAt integer check (accountClosedAt is null or visibility <> 'visible');
alter table clips add column planLapsedAt integer check (planLapsedAt is null or visibility <> 'visible');

-- What is left of closed accounts: whether any is, is asked whenever something was purged.
create index clipsInEscrow on clips (account)
  where accountClosedAt is not null and possession <> 'shredded';

create trigger accountStaysClosed before update of closedAt on accounts
when old.closedAt is not null and new.closedAt is not old.closedAt
begin
  select raise(abort, 'an account is closed once and for good');
end;
`;

const access = `
-- Who did what with whose data, from where; address and client as the connection told them. [RET-10]
create table accessRecords (
  record    text primary key check (${ulid('record')}),
  account   text not null references accounts,
  at        integer not null,
  act       text not null check (
    act in ('signed-in', 'footage-read', 'still-read', 'data-taken', 'clips-deleted')),
  thing     text,
  clip      text,
  address   text check (length(address) between 1 and 64),
  client    text check (length(client) between 1 and 200),
  expiresAt integer not null check (expiresAt >= at),
  -- A hold keeps it until then at least; looked at again after.
  keptUntil integer not null default 0
) strict;
create index accessRecordsDue on accessRecords (max(expiresAt, keptUntil));
create index accessRecordsOfAccount on accessRecords (account, at desc, record desc);

alter table events add column keptUntil integer not null default 0;
drop index eventsDue;
create index eventsDue on events (max(expiresAt, keptUntil));
`;

const escrow = `
-- The least identity of a closed account, as long as any footage of it is there. [DEL-5]
create table escrows (
  account  text primary key references accounts,
  name     text not null check (length(name) between 1 and 200),
  openedAt integer not null,
  closedAt integer not null,
  -- Nothing of it is left: the key of its pseudonym is being destroyed.
  endedAt  integer check (endedAt >= closedAt)
) strict;
`;

export const catalogueSchemaAccounts = plans + access + escrow;
