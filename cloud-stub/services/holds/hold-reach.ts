/** Which clips a scope may reach: rows of the catalogue as custody judges them. */
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { type EpochMs, epochMs, later, milliseconds } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { HoldableClip } from '../../custody/holds.ts';
import { type Footage, mayBeInScope, type Scope } from '../../custody/holds-scope.ts';
import type { Catalogue, Writing } from '../../ports.ts';

const columns = [
  ...(['thing', 'clip', 'account', 'possession', 'boundLowerAt', 'recordedAt'] as const),
  ...(['firstReceivedAt', 'durationMs', 'chunks'] as const),
] as const;
type ReachRow = Pick<ClipRow, (typeof columns)[number]>;

/** Rows in hand at once, whatever the scope. */
export const clipsPerPage = 1000;
const durationMsMax = limits.chunksPerClipMax * limits.fragmentMsMax;

/**
 * What of a row decides whose and of when it is. `recordedAt` is exact where the uptime told it;
 * elsewhere the recording began somewhere between its bound and its receipt. [RET-5]
 */
export function footageOf(row: Omit<ReachRow, 'clip' | 'possession'>): Footage {
  const { thing, account, boundLowerAt, recordedAt, firstReceivedAt } = row;
  const isExact = boundLowerAt === recordedAt;
  // A fragment is a chunk at least; of a clip that still arrives nobody knows how long it will be.
  const durationMs =
    row.durationMs ?? (row.chunks > 0 ? row.chunks * limits.fragmentMsMax : durationMsMax);
  return {
    thing,
    account,
    earliestAt: boundLowerAt,
    latestAt: isExact ? recordedAt : firstReceivedAt,
    durationMs: milliseconds(durationMs),
  };
}

/** A clip that arrives can be no longer than it has had time to be. */
function holdableOf(row: ReachRow, now: EpochMs): HoldableClip {
  const footage = footageOf(row);
  const { clip, possession } = row;
  if (possession !== 'staged') return { ...footage, clip, possession };
  const sinceMs = Math.max(0, now - (footage.earliestAt ?? 0));
  const durationMs = milliseconds(Math.min(footage.durationMs, sinceMs));
  return { ...footage, durationMs, clip, possession };
}

/**
 * Every clip that the scope reaches or may reach, tombstones included, each once, by device and clip: page by page, as
 * an account of many years has more than fit into memory. To be used up within one transaction.
 */
export async function* reach(
  db: Catalogue['read'] | Writing,
  scope: Scope,
  now: EpochMs,
): AsyncIterable<readonly HoldableClip[]> {
  for (const thing of await thingsOf(db, scope)) {
    let after = '';
    for (;;) {
      const rows = await rowsOf(db, thing, after, scope);
      const clips = rows.map((row) => holdableOf(row, now));
      const reached = clips.filter((clip) => mayBeInScope(clip, scope));
      if (reached.length > 0) yield reached;
      const last = rows.at(-1);
      if (last === undefined || rows.length < clipsPerPage) break;
      after = last.clip;
    }
  }
}

/** Whose clips may be meant; of an account, the devices that its clips name. */
async function thingsOf(
  db: Catalogue['read'] | Writing,
  { subjects }: Scope,
): Promise<readonly ThingName[]> {
  const things = new Set<ThingName>();
  for (const subject of subjects) {
    if (subject.by !== 'account') things.add(subject.thing);
    else {
      const rows = await db
        .selectFrom('clips')
        .select('thing')
        .distinct()
        .where('account', '=', subject.account)
        .execute();
      for (const { thing } of rows) things.add(thing);
    }
  }
  return [...things].sort();
}

/** All that custody might say yes to, and some more. */
function rowsOf(
  db: Catalogue['read'] | Writing,
  thing: ThingName,
  after: string,
  { from, to }: Scope,
): Promise<readonly ReachRow[]> {
  let query = db
    .selectFrom('clips')
    .select(columns)
    .where('thing', '=', thing)
    .where('clip', '>', after as Ulid)
    .orderBy('clip')
    .limit(clipsPerPage);
  if (from !== null) {
    const longest = later(from, milliseconds(-durationMsMax));
    query = query.where('firstReceivedAt', '>=', epochMs(longest));
  }
  if (to !== null) {
    query = query.where((eb) =>
      eb.or([eb('boundLowerAt', 'is', null), eb('boundLowerAt', '<', to)]),
    );
  }
  return query.execute();
}
