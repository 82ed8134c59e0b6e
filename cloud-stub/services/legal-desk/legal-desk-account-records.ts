/**
 * Records of accounts that a demand might reach beside footage and events: who signed in and looked, from where; which
 * doorbells and plans it had. Page by page, as there may be many of the first. [RET-10]
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { Scope, Subject } from '../../custody/holds-scope.ts';
import type { Ownership, RecordItem } from '../../legal/scope.ts';
import type { Catalogue, Writing } from '../../ports.ts';
import { deskLimits } from './legal-desk-limits.ts';

type Db = Catalogue['read'] | Writing;
type NonContent = Extract<RecordItem, { class: 'non-content' }>;
type OwnedFor = Ownership & { readonly ownership: Ulid };

export async function* accountRecordPages(
  db: Db,
  scope: Scope,
  now: EpochMs,
): AsyncIterable<readonly RecordItem[]> {
  for (const subject of scope.subjects) {
    yield* accessPages(db, subject, scope, now);
    yield (await ownershipsFor(db, subject))
      .filter(({ fromAt, untilAt }) => isWithin(fromAt, untilAt, scope))
      .map((each) => ownershipRecord(each, scope));
    if (subject.by === 'account') yield await planRecords(db, subject.account, scope);
  }
}

/** Whom a subject reaches is decided in legal/scope.ts; here it only may not miss anything. */
async function* accessPages(
  db: Db,
  subject: Subject,
  { from, to }: Scope,
  now: EpochMs,
): AsyncIterable<readonly NonContent[]> {
  let after = '' as Ulid;
  for (;;) {
    let query = db
      .selectFrom('accessRecords')
      .select(['record', 'account', 'thing', 'at'])
      .where('record', '>', after)
      // Past its window it is out of sight, swept or not.
      .where('expiresAt', '>', now)
      .orderBy('record');
    if (subject.by !== 'device') query = query.where('account', '=', subject.account);
    if (subject.by !== 'account') query = query.where('thing', '=', subject.thing);
    if (from !== null) query = query.where('at', '>=', from);
    if (to !== null) query = query.where('at', '<', to);
    const rows = await query.limit(deskLimits.recordsPerPage).execute();
    if (rows.length > 0) {
      yield rows.map(({ record, account, thing, at }) => ({
        key: `access/${record}`,
        class: 'non-content' as const,
        ...{ account, thing, at },
      }));
    }
    if (rows.length < deskLimits.recordsPerPage) return;
    after = rows.at(-1)?.record ?? after;
  }
}

function ownershipsFor(db: Db, subject: Subject): Promise<OwnedFor[]> {
  let query = db.selectFrom('ownerships').selectAll().orderBy('ownership');
  if (subject.by !== 'device') query = query.where('account', '=', subject.account);
  if (subject.by !== 'account') query = query.where('thing', '=', subject.thing);
  return query.execute();
}

const ownershipRecord = (each: OwnedFor, scope: Scope): NonContent => ({
  key: `device/${each.ownership}`,
  class: 'non-content',
  ...{ account: each.account, thing: each.thing, at: atWithin(each.fromAt, scope) },
});

/** Each plan lasts until the next. */
async function planRecords(db: Db, account: Ulid, scope: Scope): Promise<readonly NonContent[]> {
  const rows = await db
    .selectFrom('plans')
    .select('fromAt')
    .where('account', '=', account)
    .orderBy('fromAt')
    .execute();
  return rows.flatMap(({ fromAt }, n): NonContent[] => {
    if (!isWithin(fromAt, rows[n + 1]?.fromAt ?? null, scope)) return [];
    const at = atWithin(fromAt, scope);
    return [{ key: `plan/${account}/${fromAt}`, class: 'non-content', account, thing: null, at }];
  });
}

const isWithin = (fromAt: EpochMs, untilAt: EpochMs | null, { from, to }: Scope): boolean =>
  (to === null || fromAt < to) && (from === null || untilAt === null || untilAt > from);

/** What was so before the range began is of its first instant. */
const atWithin = (fromAt: EpochMs, { from }: Scope): EpochMs =>
  epochMs(Math.max(fromAt, from ?? fromAt));
