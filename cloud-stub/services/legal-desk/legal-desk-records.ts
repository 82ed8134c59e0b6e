/**
 * The records that a demand might reach, page by page: a scope may hold more of them than memory.
 * What of them it does reach is decided in legal/scope.ts.
 */
import { sql } from 'kysely';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { type EpochMs, later, milliseconds } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { Scope } from '../../custody/holds-scope.ts';
import type { SubscriberField } from '../../legal/process-rules.ts';
import type { Ownership, RecordItem } from '../../legal/scope.ts';
import type { Catalogue, Writing } from '../../ports.ts';
import { isEndToEnd } from '../clip-rows.ts';
import { footageOf } from '../holds/hold-reach.ts';
import { accountRecordPages } from './legal-desk-account-records.ts';
import { deskLimits } from './legal-desk-limits.ts';

type Db = Catalogue['read'] | Writing;

const clipMsMax = limits.chunksPerClipMax * limits.fragmentMsMax;

/** Things that a scope names, or that an account it names has ever owned. */
export async function thingsOf(db: Db, { subjects }: Scope): Promise<readonly ThingName[]> {
  const things = new Set<ThingName>();
  for (const subject of subjects) {
    if (subject.by !== 'account') {
      things.add(subject.thing);
      continue;
    }
    const owned = await db
      .selectFrom('ownerships')
      .select('thing')
      .distinct()
      .where('account', '=', subject.account)
      .execute();
    for (const { thing } of owned) things.add(thing);
  }
  return [...things].sort();
}

export async function ownershipsOf(
  db: Db,
  things: readonly ThingName[],
): Promise<readonly Ownership[]> {
  const found: Ownership[] = [];
  for (const thing of things) {
    found.push(
      ...(await db
        .selectFrom('ownerships')
        .select(['thing', 'account', 'fromAt', 'untilAt'])
        .where('thing', '=', thing)
        .orderBy('fromAt')
        .execute()),
    );
  }
  return found;
}

/** Every record of the scope's accounts and things that may be of its time, each once. */
export async function* recordPages(
  db: Db,
  scope: Scope,
  now: EpochMs,
): AsyncIterable<readonly RecordItem[]> {
  const things = await thingsOf(db, scope);
  yield await subscriberRecords(db, scope, await ownershipsOf(db, things), now);
  // A record that two subjects of the scope reach is one.
  const told = new Set<string>();
  for await (const page of accountRecordPages(db, scope, now)) {
    const fresh = page.filter(({ key }) => !told.has(key));
    if (scope.subjects.length > 1) for (const { key } of fresh) told.add(key);
    if (fresh.length > 0) yield fresh;
  }
  for (const thing of things) {
    yield* clipPages(db, thing, scope);
    yield* eventPages(db, thing, scope);
  }
}

/** For the reviewer, before anything is decided. V20 */
export async function clipCounts(
  db: Db,
  scope: Scope,
): Promise<{ total: number; purged: number; endToEndEncrypted: number }> {
  const sum = { total: 0, purged: 0, endToEndEncrypted: 0 };
  for (const thing of await thingsOf(db, scope)) {
    const row = await clipsOf(db, thing, scope)
      .select(({ fn }) => [
        fn.countAll<number>().as('total'),
        sql<number>`coalesce(sum(possession in ('shredding', 'shredded')), 0)`.as('purged'),
        sql<number>`coalesce(sum(json_extract(opening, '$.e2ee') is not null), 0)`.as('sealed'),
      ])
      .executeTakeFirstOrThrow();
    sum.total += Number(row.total);
    sum.purged += Number(row.purged);
    sum.endToEndEncrypted += Number(row.sealed);
  }
  return sum;
}

/** By device, in time or perhaps in time. */
function clipsOf(db: Db, thing: ThingName, { from, to }: Scope) {
  let query = db.selectFrom('clips').where('thing', '=', thing);
  if (from !== null) {
    query = query.where('firstReceivedAt', '>=', later(from, milliseconds(-clipMsMax)));
  }
  if (to !== null) {
    query = query.where((eb) =>
      eb.or([eb('boundLowerAt', 'is', null), eb('boundLowerAt', '<', to)]),
    );
  }
  return query;
}

async function* clipPages(
  db: Db,
  thing: ThingName,
  scope: Scope,
): AsyncIterable<readonly RecordItem[]> {
  let after: Ulid | null = null;
  for (;;) {
    let query = clipsOf(db, thing, scope).selectAll().orderBy('clip');
    if (after !== null) query = query.where('clip', '>', after);
    const rows: readonly ClipRow[] = await query.limit(deskLimits.recordsPerPage).execute();
    if (rows.length > 0) yield rows.map(clipRecord);
    if (rows.length < deskLimits.recordsPerPage) return;
    after = rows.at(-1)?.clip ?? null;
  }
}

const clipRecord = (row: ClipRow): RecordItem => ({
  key: `clip/${row.thing}/${row.clip}`,
  class: 'content',
  clip: row.clip,
  possession: row.possession,
  late: isLate(row),
  endToEnd: isEndToEnd(row),
  ...footageOf(row),
});

/** Its window had ended when it arrived: it was never kept. [RET-4] */
const isLate = ({ expiresAt, storedAt }: ClipRow): boolean =>
  expiresAt !== null && storedAt !== null && expiresAt <= storedAt;

async function* eventPages(
  db: Db,
  thing: ThingName,
  { from, to }: Scope,
): AsyncIterable<readonly RecordItem[]> {
  let after = -1;
  for (;;) {
    let query = db
      .selectFrom('events')
      .select(['seq', 'account', 'at'])
      .where('thing', '=', thing)
      .where('seq', '>', after)
      .orderBy('seq');
    if (from !== null) query = query.where('at', '>=', from);
    if (to !== null) query = query.where('at', '<', to);
    const rows = await query.limit(deskLimits.recordsPerPage).execute();
    if (rows.length > 0) {
      yield rows.map(({ seq, account, at }) => ({
        key: eventKey(thing, seq),
        class: 'non-content' as const,
        account,
        thing,
        at,
      }));
    }
    if (rows.length < deskLimits.recordsPerPage) return;
    after = rows.at(-1)?.seq ?? after;
  }
}

const eventKey = (thing: ThingName, seq: number): string => `event/${thing}/${seq}`;

/** What this provider knows of every subscriber: it takes neither addresses nor payments. */
const subscriberFieldsKept: readonly SubscriberField[] = [
  'name',
  'service-length-and-types',
  'subscriber-number',
];

/** Of the accounts named, and of those that owned a device named within the range. */
async function subscriberRecords(
  db: Db,
  { subjects, from, to }: Scope,
  ownerships: readonly Ownership[],
  now: EpochMs,
): Promise<readonly RecordItem[]> {
  const accounts = new Set<Ulid>();
  for (const subject of subjects) {
    if (subject.by !== 'device') {
      accounts.add(subject.account);
      continue;
    }
    for (const each of ownerships) {
      if (each.thing === subject.thing && isWithin(each, from, to)) accounts.add(each.account);
    }
  }
  const found: RecordItem[] = [];
  for (const account of [...accounts].sort()) {
    const row = await db
      .selectFrom('accounts')
      .select('account')
      .where('account', '=', account)
      .executeTakeFirst();
    if (row === undefined) continue;
    const session = await signIns(db, account, now).select('record').limit(1).executeTakeFirst();
    const fields: readonly SubscriberField[] =
      session === undefined ? subscriberFieldsKept : [...subscriberFieldsKept, 'session-times'];
    for (const field of fields) {
      const key = `subscriber/${account}/${field}`;
      found.push({ key, class: 'subscriber', account, field });
    }
  }
  return found;
}

/** Records of session times; how long one lasted is not kept. 18 USC 2703(c)(2)(C) */
export const signIns = (db: Db, account: Ulid, now: EpochMs) =>
  db
    .selectFrom('accessRecords')
    .where('account', '=', account)
    .where('act', '=', 'signed-in')
    .where('expiresAt', '>', now)
    .orderBy('at')
    .orderBy('record');

const isWithin = (each: Ownership, from: EpochMs | null, to: EpochMs | null): boolean =>
  (to === null || each.fromAt < to) &&
  (from === null || each.untilAt === null || each.untilAt > from);
