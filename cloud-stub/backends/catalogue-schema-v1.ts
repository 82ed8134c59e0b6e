/** Version 1 of the catalogue's schema; see catalogue-schema.ts. */

const hash = (column: string): string =>
  `length(${column}) = 64 and ${column} not glob '*[^0-9a-f]*'`;
const ulid = (column: string): string =>
  `length(${column}) = 26 and ${column} glob '[0-7]*' and ${column} not glob '*[^0-9A-HJKMNP-TV-Z]*'`;
const thing = `length(thing) between 1 and 64 and thing not glob '*[^A-Za-z0-9_-]*'`;
const dayMs = 86_400_000;

const accounts = `
create table accounts (
  account  text primary key check (${ulid('account')}),
  name     text not null check (length(name) between 1 and 200),
  openedAt integer not null check (openedAt >= 0),
  closedAt integer check (closedAt >= openedAt)
) strict;

-- Bearer tokens. Only their hash is kept: who reads this table can log in as nobody.
create table tokens (
  tokenHash text primary key check (${hash('tokenHash')}),
  account   text not null references accounts,
  issuedAt  integer not null,
  expiresAt integer check (expiresAt > issuedAt)
) strict;
create index tokensOfAccount on tokens (account);
`;

const devices = `
create table devices (
  thing          text primary key check (${thing}),
  certificate    text not null,
  enrolledAt     integer not null,
  revokedAt      integer check (revokedAt >= enrolledAt),
  lastSeenAt     integer,
  connected      integer not null check (connected in (0, 1)),
  settings       text check (json_valid(settings)),
  settingsWanted text check (json_valid(settingsWanted)),
  -- Every event with a seq up to this is durable; -1 or 0 before the first. [WIRE-10]
  eventsUpTo     integer not null check (eventsUpTo >= -1)
) strict;

-- Who owned which device when: from fromAt (inclusive) to untilAt (exclusive; null: still).
create table ownerships (
  ownership text primary key check (${ulid('ownership')}),
  thing     text not null references devices,
  account   text not null references accounts,
  fromAt    integer not null check (fromAt >= 0),
  untilAt   integer check (untilAt > fromAt)
) strict;
create index ownershipsOfDevice on ownerships (thing, fromAt);
create index ownershipsOfAccount on ownerships (account, thing);

create trigger ownershipsNeverOverlapInsert before insert on ownerships
when exists (
  select 1 from ownerships as other where other.thing = new.thing
  and (other.untilAt is null or other.untilAt > new.fromAt)
  and (new.untilAt is null or new.untilAt > other.fromAt)
)
begin
  select raise(abort, 'a device has one owner at a time');
end;
create trigger ownershipsNeverOverlapUpdate before update on ownerships
when exists (
  select 1 from ownerships as other where other.thing = new.thing and other.rowid <> old.rowid
  and (other.untilAt is null or other.untilAt > new.fromAt)
  and (new.untilAt is null or new.untilAt > other.fromAt)
)
begin
  select raise(abort, 'a device has one owner at a time');
end;
`;

const clips = `
-- One row a clip, from its opening on. After the purge the row stays as its tombstone: who,
-- when, how large, which root; opening is then '{}', triggers '[]', final null (finalHash
-- keeps the device's chain verifiable). [RET-6]
create table clips (
  thing           text not null references devices,
  clip            text not null check (${ulid('clip')}),
  -- The owner when it was recorded; null: nobody.
  account         text references accounts,
  possession      text not null check (possession in ('staged', 'stored', 'shredding', 'shredded')),
  visibility      text not null check (
    visibility in ('visible', 'user-deleted', 'expired', 'account-closed', 'plan-lapsed')),
  boot            integer not null check (boot >= 0),
  seq             integer not null check (seq >= 0),
  trigger         text not null check (trigger in ('ding', 'motion', 'snapshot', 'command')),
  triggers        text not null check (json_type(triggers) = 'array'),
  opening         text not null check (json_type(opening) = 'object'),
  final           text check (json_type(final) = 'object'),
  finalHash       text check (${hash('finalHash')}),
  disposition     text check (disposition in ('complete', 'truncated', 'aborted', 'evicted')),
  truncated       integer not null check (truncated in (0, 1)),
  reason          text,
  -- What the device claims; the earliest it can have been, null: unknown; what is trusted. [RET-5]
  claimedAt       integer not null,
  boundLowerAt    integer,
  recordedAt      integer not null,
  firstReceivedAt integer not null,
  storedAt        integer,
  -- Frozen when stored. [RET-3]
  expiresAt       integer,
  userDeletedAt   integer,
  -- The earliest of all that ends the clip's life. A staged clip has one only when it was given up.
  deleteAt        integer,
  durationMs      integer check (durationMs >= 0),
  chunks          integer not null check (chunks between 0 and 9216),
  sizeBytes       integer not null check (sizeBytes >= 0),
  root            text check (${hash('root')}),
  markedChunks    integer not null check (markedChunks between 0 and 9216),
  markedRoot      text check (${hash('markedRoot')}),
  purgedAt        integer,
  primary key (thing, clip),
  check (recordedAt <= firstReceivedAt),
  check (boundLowerAt is null or boundLowerAt <= recordedAt),
  check ((storedAt is null) = (expiresAt is null)),
  check (possession <> 'stored'
    or (storedAt is not null and deleteAt is not null and root is not null)),
  check (expiresAt - recordedAt between ${dayMs} and ${180 * dayMs}),
  check (expiresAt is null or deleteAt <= expiresAt),
  check (userDeletedAt is null or visibility <> 'visible'),
  check (possession not in ('shredding', 'shredded') or visibility <> 'visible'),
  check ((possession = 'shredded') = (purgedAt is not null))
) strict;
-- An owner's page reads the visible clips only, newest first; what was purged or hidden costs it nothing.
create index clipsOfAccount on clips (account, visibility, recordedAt desc, clip desc);
create index clipsOfDevice on clips (thing, visibility, recordedAt desc, clip desc);
-- A sweep reads what is due and nothing else.
create index clipsDue on clips (possession, deleteAt, thing, clip);
-- The chain of finals: what came before and after a clip. [DEV-5]
create index clipsInSequence on clips (thing, seq);

create trigger clipExpiryIsFrozen before update of expiresAt, recordedAt on clips
when old.storedAt is not null
and (new.expiresAt is not old.expiresAt or new.recordedAt <> old.recordedAt)
begin
  select raise(abort, 'expiresAt and recordedAt never change once a clip is stored');
end;
create trigger clipPossessionGoesForward before update of possession on clips
when new.possession <> old.possession and not (
  (old.possession = 'staged' and new.possession in ('stored', 'shredding'))
  or (old.possession = 'stored' and new.possession = 'shredding')
  or (old.possession = 'shredding' and new.possession = 'shredded'))
begin
  select raise(abort, 'possession goes staged, stored, shredding, shredded and never back');
end;
create trigger clipNeverReappears before update of visibility on clips
when new.visibility = 'visible' and old.visibility in ('user-deleted', 'expired', 'account-closed')
begin
  select raise(abort, 'a clip that was hidden never becomes visible again');
end;
create trigger clipBeginsUnpurged before insert on clips
when new.possession in ('shredding', 'shredded')
begin
  select raise(abort, 'a clip row begins staged or stored');
end;
create trigger clipRowStays before delete on clips
begin
  select raise(abort, 'a clip row stays, as a tombstone in the end');
end;
`;

const stillsAndEvents = `
-- Stills belong to their clip and die with it.
create table stills (
  thing      text not null,
  clip       text not null,
  still      text not null check (${ulid('still')}),
  sizeBytes  integer not null check (sizeBytes >= 0),
  receivedAt integer not null,
  primary key (thing, clip, still),
  foreign key (thing, clip) references clips
) strict;

create table events (
  thing      text not null references devices,
  seq        integer not null check (seq >= 0),
  id         text not null check (${ulid('id')}),
  account    text references accounts,
  kind       text not null check (length(kind) between 1 and 32),
  at         integer not null,
  receivedAt integer not null,
  clip       text,
  data       text not null check (json_type(data) = 'object'),
  message    text not null check (json_type(message) = 'object'),
  expiresAt  integer not null check (expiresAt > 0),
  primary key (thing, seq)
) strict;
create index eventsOfAccount on events (account, at desc, thing, seq desc);
create index eventsReceived on events (account, receivedAt desc, thing, seq desc);
create index eventsOfDevice on events (thing, at desc);
create index eventsDue on events (expiresAt);
`;

const ledger = `
-- The record for courts: append-only, each entry naming the hash of the one before. [LOG-1]
create table ledger (
  seq   integer primary key check (seq >= 0),
  at    integer not null,
  kind  text not null check (length(kind) between 1 and 64),
  actor text not null check (length(actor) between 1 and 200),
  thing text,
  clip  text,
  facts text not null check (json_type(facts) = 'object'),
  prev  text not null check (${hash('prev')}),
  hash  text not null check (${hash('hash')})
) strict;
create index ledgerOfClip on ledger (thing, clip, seq);
create index ledgerOfKind on ledger (kind, seq);

create trigger ledgerAppendsOnly before insert on ledger
when new.seq <> (select coalesce(max(seq) + 1, 0) from ledger)
or new.prev <> coalesce((select hash from ledger order by seq desc limit 1), '${'0'.repeat(64)}')
begin
  select raise(abort, 'a ledger entry follows the last one');
end;
create trigger ledgerNeverChanges before update on ledger
begin
  select raise(abort, 'the ledger is never changed');
end;
create trigger ledgerNeverShrinks before delete on ledger
begin
  select raise(abort, 'the ledger is never cut');
end;
`;

export const catalogueSchemaV1 = [accounts, devices, clips, stillsAndEvents, ledger].join('\n');
