/** Pages of an owner's clips, newest first, by keyset: a page costs the same however far back it lies. */
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import type { TriggerKind } from '../../../device/wire/messages.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { AccountId, CatalogueTables, ClipRow } from '../../catalogue-tables.ts';
import type { ClipCustody } from '../clip-custody.ts';
import { makeCursor, type PageOf, readCursor } from '../page-cursor.ts';
import { serviceLimits } from '../service-limits.ts';
import { type OwnedClip, ownedClip } from './owner-views.ts';

export type ClipQuery = {
  readonly thing?: ThingName;
  /** `ding`: any of its triggers was a ding. */
  readonly trigger?: TriggerKind;
  /** Inclusive. */
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
  /** A page's `next`, as it was given. */
  readonly cursor?: string;
  readonly limit: number;
};

export async function listClips(
  db: Kysely<CatalogueTables>,
  custody: ClipCustody,
  now: EpochMs,
  account: AccountId,
  { thing, trigger, from, to, cursor, limit }: ClipQuery,
): Promise<PageOf<OwnedClip>> {
  const count = Math.max(1, Math.min(limit, serviceLimits.pageItemsMax));
  let query = db
    .selectFrom('clips')
    .selectAll()
    .where('account', '=', account)
    .where('visibility', '=', 'visible')
    // The same as custody says of each row below; here so that no page comes out short.
    .where('possession', 'in', ['staged', 'stored'])
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
    .where('recordedAt', '>', custody.visibleFrom(now));
  if (thing !== undefined) query = query.where('thing', '=', thing);
  if (trigger !== undefined) query = query.where(triggeredBy(trigger));
  if (from !== undefined) query = query.where('recordedAt', '>=', from);
  if (to !== undefined) query = query.where('recordedAt', '<', to);
  const place = readCursor(cursor);
  if (place !== null) {
    const [at, lastThing, lastClip] = place;
    const recordedAt = at as EpochMs;
    const afterThing = lastThing as ThingName;
    query = query
      .where('recordedAt', '<=', recordedAt)
      .where(({ eb, or, and }) =>
        or([
          eb('recordedAt', '<', recordedAt),
          eb('thing', '<', afterThing),
          and([eb('thing', '=', afterThing), eb('clip', '<', String(lastClip) as Ulid)]),
        ]),
      );
  }
  const rows = await query
    .orderBy('recordedAt', 'desc')
    .orderBy('thing', 'desc')
    .orderBy('clip', 'desc')
    .limit(count + 1)
    .execute();
  const items = rows.slice(0, count).filter((row) => custody.isVisible(row, now));
  const stills = await stillsOfAll(db, items);
  const last = rows[count - 1];
  return {
    items: items.map((row) => ownedClip(row, stills.get(nameOf(row)) ?? [])),
    next:
      rows.length > count && last !== undefined
        ? makeCursor([last.recordedAt, last.thing, last.clip])
        : null,
  };
}

/**
 * A ding anywhere in the clip makes it a ding clip. `triggers` is JSON of our own making, so its text can be
 * searched.
 */
function triggeredBy(trigger: TriggerKind): Expression<SqlBool> {
  const rang = sql<SqlBool>`triggers like ${'%"kind":"ding"%'}`;
  return trigger === 'ding'
    ? sql<SqlBool>`(trigger = 'ding' or ${rang})`
    : sql<SqlBool>`(trigger = ${trigger} and not ${rang})`;
}

async function stillsOfAll(
  db: Kysely<CatalogueTables>,
  rows: readonly ClipRow[],
): Promise<ReadonlyMap<string, readonly Ulid[]>> {
  const found = new Map<string, Ulid[]>();
  if (rows.length === 0) return found;
  const stills = await db
    .selectFrom('stills')
    .select(['thing', 'clip', 'still'])
    .where('thing', 'in', [...new Set(rows.map(({ thing }) => thing))])
    .where('clip', 'in', [...new Set(rows.map(({ clip }) => clip))])
    .orderBy('still')
    .execute();
  for (const row of stills) {
    const list = found.get(nameOf(row)) ?? [];
    list.push(row.still);
    found.set(nameOf(row), list);
  }
  return found;
}

const nameOf = ({ thing, clip }: { thing: ThingName; clip: Ulid }): string => `${thing}/${clip}`;
