/** Exports: what was ordered and frozen, and where the files of their bags lie. */

const hash = (column: string): string =>
  `length(${column}) = 64 and ${column} not glob '*[^0-9a-f]*'`;
const ulid = (column: string): string =>
  `length(${column}) = 26 and ${column} glob '[0-7]*' and ${column} not glob '*[^0-9A-HJKMNP-TV-Z]*'`;

export const catalogueSchemaExports = `
-- One row an export. When the bag is removed the row stays as its tombstone: sealOrder is then
-- '{}', and all that the other tables tell of it is gone. [RET-10]
create table exports (
  export            text primary key check (${ulid('export')}),
  demand            text not null check (${ulid('demand')}),
  state             text not null check (state in ('leased', 'sealed', 'removed')),
  sealOrder         text not null check (json_type(sealOrder) = 'object'),
  orderSha256       text not null check (${hash('orderSha256')}),
  leasedAt          integer not null,
  -- Entries of the ledger that the bag can tell of: those there were when it was frozen. [EXP-4]
  ledgerSize        integer not null check (ledgerSize > 0),
  checkpointNote    text,
  -- When somebody first asked for its seal: a restart goes on with it then.
  sealAskedAt       integer check (sealAskedAt >= leasedAt),
  sealedAt          integer check (sealedAt >= leasedAt),
  expiresAt         integer check (expiresAt > sealedAt),
  deliveredAt       integer check (deliveredAt >= sealedAt),
  removedAt         integer check (removedAt >= leasedAt),
  items             integer not null check (items >= 0),
  files             integer not null check (files >= 0),
  sizeBytes         integer not null check (sizeBytes >= 0),
  tagManifestSha256 text check (${hash('tagManifestSha256')}),
  check ((sealedAt is null) = (expiresAt is null)),
  check ((sealedAt is null) = (tagManifestSha256 is null)),
  check ((state = 'removed') = (removedAt is not null)),
  check (state <> 'sealed' or sealedAt is not null),
  check (state <> 'leased' or sealedAt is null)
) strict;
create index exportsOfDemand on exports (demand);
create index exportsDue on exports (state, expiresAt);

create trigger exportGoesForward before update of state on exports
when new.state <> old.state and not (
  (old.state = 'leased' and new.state in ('sealed', 'removed'))
  or (old.state = 'sealed' and new.state = 'removed'))
begin
  select raise(abort, 'an export goes leased, sealed, removed and never back');
end;
create trigger exportRowStays before delete on exports
begin
  select raise(abort, 'an export row stays, as a tombstone in the end');
end;

-- The clips of a bag as they were when it was frozen; never changed. [EXP-4]
create table exportClips (
  export   text not null references exports,
  position integer not null check (position >= 0),
  thing    text not null,
  clip     text not null check (${ulid('clip')}),
  facts    text not null check (json_type(facts) = 'object'),
  primary key (export, position)
) strict, without rowid;
create trigger exportClipsAreFrozen before update on exportClips
begin
  select raise(abort, 'what was frozen for an export never changes');
end;

create table exportRecords (
  export   text not null references exports,
  position integer not null check (position >= 0),
  record   text not null check (json_type(record) = 'object'),
  primary key (export, position)
) strict, without rowid;
create trigger exportRecordsAreFrozen before update on exportRecords
begin
  select raise(abort, 'what was frozen for an export never changes');
end;

-- The files of a bag that are durable in its store, each a run of chunks of one segment.
create table exportFiles (
  export     text not null references exports,
  path       text not null check (length(path) between 1 and 160),
  sizeBytes  integer not null check (sizeBytes >= 0),
  sha256     text not null check (${hash('sha256')}),
  segment    integer not null check (segment >= 0),
  firstChunk integer not null check (firstChunk >= 0),
  chunks     integer not null check (chunks >= 0),
  primary key (export, path)
) strict, without rowid;
`;
