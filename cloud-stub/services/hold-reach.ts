/** Which clips a scope may reach: rows of the catalogue as custody judges them. */
import { limits } from '../../device/wire/limits.ts';
import { type EpochMs, epochMs, later, milliseconds } from '../../device/wire/time.ts';
import type { ClipRow, Visibility } from '../catalogue-tables.ts';
import type { HoldableClip } from '../custody/holds.ts';
import { type Footage, mayBeInScope, type Scope, type Subject } from '../custody/holds-scope.ts';
import type { Catalogue, Writing } from '../ports.ts';

const columns = [
  ...(['thing', 'clip', 'account', 'possession', 'boundLowerAt', 'recordedAt'] as const),
  ...(['firstReceivedAt', 'durationMs', 'chunks'] as const),
] as const;
type ReachRow = Pick<ClipRow, (typeof columns)[number]>;

/** Named, since the indexes of owners and devices begin with them. */
const anyVisibility: readonly Visibility[] = [
  ...(['visible', 'user-deleted', 'expired', 'account-closed', 'plan-lapsed'] as const),
];
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

/** Every clip that the scope reaches or may reach, tombstones included, each once. */
export async function reach(
  db: Catalogue['read'] | Writing,
  scope: Scope,
  now: EpochMs,
): Promise<readonly HoldableClip[]> {
  const found = new Map<string, HoldableClip>();
  for (const subject of scope.subjects) {
    for (const row of await rowsOf(db, subject, scope)) {
      const clip = holdableOf(row, now);
      if (mayBeInScope(clip, scope)) found.set(`${clip.thing}/${clip.clip}`, clip);
    }
  }
  return [...found.values()];
}

/** All that custody might say yes to, and some more. */
function rowsOf(db: Catalogue['read'] | Writing, subject: Subject, { from, to }: Scope) {
  let query = db.selectFrom('clips').select(columns).where('visibility', 'in', anyVisibility);
  if (subject.by !== 'device') query = query.where('account', '=', subject.account);
  if (subject.by !== 'account') query = query.where('thing', '=', subject.thing);
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
