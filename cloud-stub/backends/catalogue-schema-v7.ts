/** What of the catalogue is kept beside it since a backup, and until where. */
export const catalogueSchemaV7 = `
-- One row. From the first backup on, what each transaction changes is written to that backup's redo log in the key
-- safe before it commits. [RET-11]
create table redoLog (
  only   integer primary key check (only = 1),
  -- Whose log is written; null: none is.
  backup text check (length(backup) = 26),
  -- Transactions written so far, and where the log ends.
  seq    integer not null check (seq >= 0),
  bytes  integer not null check (bytes >= 0),
  -- Of this data folder: one that is restored is another, and only one of them goes on.
  owner  text check (length(owner) = 26),
  check (backup is null or owner is not null)
) strict;
insert into redoLog (only, backup, seq, bytes, owner) values (1, null, 0, 0, null);

-- Rows are redone by their primary key, so that every table needs one.
create table newHoldSubjects (
  subject integer primary key,
  hold    text not null references holds,
  thing   text,
  account text,
  check (thing is not null or account is not null)
) strict;
insert into newHoldSubjects (hold, thing, account) select hold, thing, account from holdSubjects;
drop table holdSubjects;
alter table newHoldSubjects rename to holdSubjects;
create index holdSubjectsOfDevice on holdSubjects (thing, account);
create index holdSubjectsOfAccount on holdSubjects (account) where thing is null;
create index holdSubjectsOfHold on holdSubjects (hold);
`;
