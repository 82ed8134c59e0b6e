/** Released records other than footage, as they stand when they are frozen. */
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs, isoTime } from '../../../device/wire/time.ts';
import type { ReleasedRecord } from '../../legal/export-order.ts';
import type { Catalogue } from '../../ports.ts';
import { signIns } from './legal-desk-records.ts';

type Db = Catalogue['read'];

/** `keys`: those of legal-desk-records.ts. One that has expired since is left out. */
export async function releasedRecords(
  db: Db,
  keys: readonly string[],
  now: EpochMs,
): Promise<readonly ReleasedRecord[]> {
  const found: ReleasedRecord[] = [];
  for (const key of keys) {
    const record = await recordOf(db, key, now);
    if (record !== null) found.push(record);
  }
  return found;
}

async function recordOf(db: Db, key: string, now: EpochMs): Promise<ReleasedRecord | null> {
  const [kind, subject = '', detail = ''] = key.split('/');
  switch (kind) {
    case 'subscriber':
      return subscriberRecord(db, subject as Ulid, detail, now);
    case 'access':
      return accessRecord(db, subject as Ulid, now);
    case 'device':
      return ownershipRecord(db, subject as Ulid);
    case 'plan':
      return planRecord(db, subject as Ulid, epochMs(Number(detail)));
    default:
      return eventRecord(db, subject as ThingName, Number(detail));
  }
}

async function eventRecord(db: Db, thing: ThingName, seq: number): Promise<ReleasedRecord | null> {
  const row = await db
    .selectFrom('events')
    .select(['account', 'thing', 'at', 'kind', 'data'])
    .where('thing', '=', thing)
    .where('seq', '=', seq)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { data, ...rest } = row;
  return { class: 'non-content', ...rest, facts: JSON.parse(data) as Record<string, unknown> };
}

/** Who signed in or looked, and from where. */
async function accessRecord(db: Db, record: Ulid, now: EpochMs): Promise<ReleasedRecord | null> {
  const row = await db
    .selectFrom('accessRecords')
    .select(['account', 'thing', 'at', 'act', 'clip', 'address', 'client'])
    .where('record', '=', record)
    .where('expiresAt', '>', now)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { account, thing, at, act, ...facts } = row;
  return { class: 'non-content', account, thing, at, kind: act, facts };
}

async function ownershipRecord(db: Db, ownership: Ulid): Promise<ReleasedRecord | null> {
  const row = await db
    .selectFrom('ownerships')
    .select(['account', 'thing', 'fromAt', 'untilAt'])
    .where('ownership', '=', ownership)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { account, thing, fromAt: at, untilAt } = row;
  const facts = { until: untilAt === null ? null : isoTime(untilAt) };
  return { class: 'non-content', account, thing, at, kind: 'doorbell-owned', facts };
}

async function planRecord(db: Db, account: Ulid, at: EpochMs): Promise<ReleasedRecord | null> {
  const row = await db
    .selectFrom('plans')
    .select(['name', 'clipWindowMs'])
    .where('account', '=', account)
    .where('fromAt', '=', at)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { class: 'non-content', account, thing: null, at, kind: 'plan-changed', facts: row };
}

async function subscriberRecord(
  db: Db,
  account: Ulid,
  field: string,
  now: EpochMs,
): Promise<ReleasedRecord | null> {
  const row = await db
    .selectFrom('accounts')
    .leftJoin('escrows', 'escrows.account', 'accounts.account')
    .select(['accounts.name', 'accounts.openedAt', 'accounts.closedAt'])
    .select('escrows.name as escrowedName')
    .where('accounts.account', '=', account)
    .executeTakeFirst();
  if (row === undefined) return null;
  // Of a closed account the name is in escrow, for as long as anything of it is held. [DEL-5]
  const name = row.closedAt === null ? row.name : (row.escrowedName ?? undefined);
  const until = row.closedAt === null ? '' : ` to ${isoTime(row.closedAt)}`;
  const values: Readonly<Record<string, string | undefined>> = {
    name,
    'service-length-and-types': `doorbell service from ${isoTime(row.openedAt)}${until}`,
    'subscriber-number': account,
    'session-times': field === 'session-times' ? await sessionTimes(db, account, now) : undefined,
  };
  const value = values[field];
  if (value === undefined) return null;
  return { class: 'subscriber', account, field: field as 'name', value };
}

async function sessionTimes(db: Db, account: Ulid, now: EpochMs): Promise<string | undefined> {
  const rows = await signIns(db, account, now).select(['at', 'address']).execute();
  const told = rows.map(
    ({ at, address }) => `${isoTime(at)}${address === null ? '' : ` from ${address}`}`,
  );
  return told.length === 0 ? undefined : told.join('; ');
}
