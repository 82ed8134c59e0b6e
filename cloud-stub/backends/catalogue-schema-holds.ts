/** Holds and leases, in the catalogue's schema; see catalogue-schema.ts. */

const ulid = (column: string): string =>
  `length(${column}) = 26 and ${column} glob '[0-7]*' and ${column} not glob '*[^0-9A-HJKMNP-TV-Z]*'`;
const person = (column: string): string => `length(${column}) between 1 and 200`;

const holds = `
create table holds (
  hold           text primary key check (${ulid('hold')}),
  kind           text not null check (kind in ('intake', 'preservation-request', 'search-warrant',
    'court-order', 'litigation', 'eu-preservation')),
  basis          text not null check (${ulid('basis')}),
  scope          text not null check (json_type(scope) = 'object'),
  placedAt       integer not null,
  placedBy       text not null check (${person('placedBy')}),
  -- Exclusive; null: until it is released.
  expiresAt      integer check (expiresAt > placedAt),
  renewals       text not null check (json_type(renewals) = 'array'),
  endedAt        integer,
  endedBecause   text check (endedBecause in ('released', 'rejected', 'converted', 'lapsed')),
  -- Who asked for the release that another has to agree to. [LEG-5]
  releaseAskedBy text check (${person('releaseAskedBy')}),
  releaseBecause text check (releaseBecause in ('released', 'rejected')),
  check ((endedAt is null) = (endedBecause is null)),
  check ((releaseAskedBy is null) = (releaseBecause is null))
) strict;
-- A sweep puts on record what time has ended, and reads nothing else.
create index holdsToLapse on holds (expiresAt) where endedAt is null;
create index holdsOfBasis on holds (basis);

create trigger holdStays before delete on holds
begin
  select raise(abort, 'a hold stays on record');
end;
create trigger holdBasisIsFrozen before update of hold, kind, basis, scope, placedAt on holds
when new.hold <> old.hold or new.kind <> old.kind or new.basis <> old.basis
or new.scope <> old.scope or new.placedAt <> old.placedAt
begin
  select raise(abort, 'what a hold rests on and reaches never changes');
end;
create trigger holdEndsOnce before update on holds when old.endedAt is not null
begin
  select raise(abort, 'a hold ends once');
end;
create trigger holdTermNeverShrinks before update of expiresAt on holds
when new.expiresAt is not old.expiresAt
and (old.expiresAt is null or new.expiresAt is null or new.expiresAt < old.expiresAt)
begin
  select raise(abort, 'the term of a hold is never shortened');
end;

-- Whom a continuing hold in force reaches, for the commit that looks for it. [HLD-3]
create table holdSubjects (
  hold    text not null references holds,
  thing   text,
  account text,
  check (thing is not null or account is not null)
) strict;
create index holdSubjectsOfDevice on holdSubjects (thing, account);
create index holdSubjectsOfAccount on holdSubjects (account) where thing is null;
create index holdSubjectsOfHold on holdSubjects (hold);

create table holdAttachments (
  hold       text not null references holds,
  thing      text not null,
  clip       text not null,
  attachedAt integer not null,
  primary key (hold, thing, clip),
  foreign key (thing, clip) references clips
) strict, without rowid;
create index holdsOfClip on holdAttachments (thing, clip);

create trigger holdAttachmentStays before delete on holdAttachments
begin
  select raise(abort, 'a hold is ended, never detached');
end;
create trigger holdAttachmentIsFrozen before update on holdAttachments
begin
  select raise(abort, 'an attachment never changes');
end;
-- A committed intent to purge is final: what comes later holds nothing. [HLD-6]
create trigger holdComesInTime before insert on holdAttachments
when (select possession from clips where thing = new.thing and clip = new.clip)
  not in ('staged', 'stored')
begin
  select raise(abort, 'a clip being purged is not held');
end;
`;

const leases = `
create table leases (
  lease        text primary key check (${ulid('lease')}),
  basis        text not null check (${ulid('basis')}),
  takenAt      integer not null,
  takenBy      text not null check (${person('takenBy')}),
  expiresAt    integer not null check (expiresAt > takenAt),
  endedAt      integer,
  endedBecause text check (endedBecause in ('done', 'given-up', 'lapsed')),
  check ((endedAt is null) = (endedBecause is null))
) strict;
create index leasesToLapse on leases (expiresAt) where endedAt is null;
create index leasesOfBasis on leases (basis);
create trigger leaseStays before delete on leases
begin
  select raise(abort, 'a lease stays on record');
end;
create trigger leaseEndsOnce before update on leases when old.endedAt is not null
begin
  select raise(abort, 'a lease ends once');
end;

-- Each clip as it was when the lease was taken. [EXP-4]
create table leaseItems (
  lease     text not null references leases,
  thing     text not null,
  clip      text not null,
  chunks    integer not null check (chunks >= 0),
  sizeBytes integer not null check (sizeBytes >= 0),
  root      text not null check (length(root) = 64),
  primary key (lease, thing, clip),
  foreign key (thing, clip) references clips
) strict, without rowid;
create index leasesOfClip on leaseItems (thing, clip);
create trigger leaseItemStays before delete on leaseItems
begin
  select raise(abort, 'what a lease froze stays on record');
end;
create trigger leaseItemIsFrozen before update on leaseItems
begin
  select raise(abort, 'what a lease froze never changes');
end;
create trigger leaseComesInTime before insert on leaseItems
when (select possession from clips where thing = new.thing and clip = new.clip) <> 'stored'
begin
  select raise(abort, 'only a stored clip is leased');
end;
`;

const keeping = `
-- Counts all that ever changed what is kept; every such ledger entry and every purge intent names it.
create table holdEpoch (
  only  integer primary key check (only = 1),
  epoch integer not null check (epoch >= 0)
) strict;
insert into holdEpoch (only, epoch) values (1, 0);
create trigger holdEpochAscends before update on holdEpoch when new.epoch <= old.epoch
begin
  select raise(abort, 'the hold epoch ascends');
end;
create trigger holdEpochStays before delete on holdEpoch
begin
  select raise(abort, 'the hold epoch stays');
end;

-- A clip is not worth a purge worker's look before this, whatever its deleteAt: 0: nothing keeps it;
-- null: a hold without a term does. Never later than what really keeps it ends; holds and leases tell.
alter table clips add column keptUntil integer default 0 check (keptUntil >= 0);
drop index clipsDue;
-- A sweep reads what is due and not kept, and nothing else.
create index clipsDue on clips (possession, max(deleteAt, keptUntil), thing, clip);

create trigger heldClipIsNotPurged before update of possession on clips
when new.possession = 'shredding' and old.possession <> 'shredding' and (
  exists (
    select 1 from holdAttachments join holds using (hold)
    where holdAttachments.thing = old.thing and holdAttachments.clip = old.clip
    and holds.endedAt is null)
  or exists (
    select 1 from leaseItems join leases using (lease)
    where leaseItems.thing = old.thing and leaseItems.clip = old.clip
    and leases.endedAt is null))
begin
  select raise(abort, 'a clip under a hold or a lease is not purged');
end;
`;

export const holdSchema = [holds, leases, keeping].join('\n');
