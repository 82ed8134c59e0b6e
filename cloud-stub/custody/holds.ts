/**
 * Holds, decided and evolved one at a time; what holds a clip is the set of those attached to it.
 * No hold knows of another, so they add up whatever the order they come and go in. [HLD-1]
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { type EpochMs, later } from '../../device/wire/time.ts';
import type { ClipFacts, Holds } from './disposition.ts';
import { graceOf, type HoldKind, type HoldPolicy, holdTerms } from './holds-policy.ts';
import { type Footage, mayBeInScope, type Scope } from './holds-scope.ts';

export type HoldEnding = 'released' | 'rejected' | 'converted' | 'lapsed';

export type Hold = {
  readonly hold: Ulid;
  readonly kind: HoldKind;
  /** The demand or order it rests on. */
  readonly basis: Ulid;
  readonly scope: Scope;
  readonly placedAt: EpochMs;
  /** Exclusive; null: until it is released. */
  readonly expiresAt: EpochMs | null;
  /** SHA-256 of each renewed request that was granted. */
  readonly renewals: readonly string[];
  readonly ended: { readonly at: EpochMs; readonly because: HoldEnding } | null;
};

export type HoldableClip = Footage & {
  readonly clip: Ulid;
  readonly possession: ClipFacts['possession'];
};
export type ClipName = { readonly thing: ThingName; readonly clip: Ulid };
export type Unheld = ClipName & { readonly because: 'purge-under-way' | 'already-purged' };

export type HoldCommand =
  | ({
      readonly name: 'place';
      /** All that might be reached; what is not, is left alone. */
      readonly clips: readonly HoldableClip[];
    } & Pick<Hold, 'hold' | 'kind' | 'basis' | 'scope'>)
  | { readonly name: 'renew'; readonly request: string }
  | { readonly name: 'release'; readonly because: Exclude<HoldEnding, 'lapsed'> }
  /** The scheduler's: puts on record what time has done already. */
  | { readonly name: 'lapse' };

export type HoldEvent =
  | ({
      readonly name: 'hold-placed';
      readonly clips: readonly ClipName[];
      readonly unheld: readonly Unheld[];
    } & Omit<Hold, 'renewals' | 'ended'>)
  | { readonly name: 'hold-renewed'; readonly request: string; readonly expiresAt: EpochMs }
  | { readonly name: 'hold-ended'; readonly at: EpochMs; readonly because: HoldEnding };

export type HoldDecision =
  | { readonly ok: true; readonly event: HoldEvent | null }
  | {
      readonly ok: false;
      readonly because:
        | 'no-such-hold'
        | 'another-hold-has-this-id'
        | 'nothing-to-hold'
        | 'ended'
        | 'not-renewable'
        | 'renewals-used-up';
      /** What it would have held, had it come in time: for the record. [HLD-7] */
      readonly unheld?: readonly Unheld[];
    };

/** `event` is null where the command was obeyed before: each may come twice. [HLD-1] */
export function decideHold(
  hold: Hold | null,
  command: HoldCommand,
  policy: HoldPolicy,
  now: EpochMs,
): HoldDecision {
  if (hold === null) {
    return command.name === 'place'
      ? place(command, policy, now)
      : { ok: false, because: 'no-such-hold' };
  }
  const ending = endOfHold(hold, now);
  switch (command.name) {
    case 'place':
      return isDeepStrictEqual(basisOf(hold), basisOf(command))
        ? { ok: true, event: null }
        : { ok: false, because: 'another-hold-has-this-id' };
    case 'renew':
      return renew(hold, command.request, ending !== null);
    case 'release':
      // What had lapsed ended then, and its grace began then.
      return ended(hold, ending ?? { at: now, because: command.because });
    case 'lapse':
      return ended(hold, ending);
  }
}

export function evolveHold(before: Hold | null, event: HoldEvent): Hold {
  switch (event.name) {
    case 'hold-placed': {
      const { placedAt, expiresAt } = event;
      return { ...basisOf(event), placedAt, expiresAt, renewals: [], ended: null };
    }
    case 'hold-renewed': {
      const hold = placedBefore(event, before);
      const renewals = [...hold.renewals, event.request];
      return { ...hold, expiresAt: event.expiresAt, renewals };
    }
    case 'hold-ended': {
      const { at, because } = event;
      return { ...placedBefore(event, before), ended: { at, because } };
    }
  }
}

/** When and why a hold ended; null while it is in force. Time alone ends one that expires. */
export function endOfHold(hold: Hold, now: EpochMs): Hold['ended'] {
  const { ended: recorded, expiresAt } = hold;
  if (recorded !== null) return recorded;
  return expiresAt !== null && now >= expiresAt ? { at: expiresAt, because: 'lapsed' } : null;
}

/**
 * Whether a hold attaches to a clip that is stored at `now`, within that transaction: only a
 * continuing one, in force. [HLD-3]
 */
export const capturesAtCommit = (hold: Hold, clip: Footage, now: EpochMs): boolean =>
  holdTerms[hold.kind].capture === 'continuing' &&
  endOfHold(hold, now) === null &&
  mayBeInScope(clip, hold.scope);

/**
 * What keeps one clip, for `disposition`. `attached` are all holds ever attached to it, `deleteAt`
 * the end of its life if nothing held it.
 */
export function holdsOn(
  attached: readonly Hold[],
  deleteAt: EpochMs | null,
  policy: HoldPolicy,
  now: EpochMs,
): Extract<Holds, { readable: true }> {
  const holds: string[] = [];
  let graceUntil: EpochMs | null = null;
  for (const hold of attached) {
    const ending = endOfHold(hold, now);
    if (ending === null) {
      holds.push(hold.hold);
      continue;
    }
    // [HLD-7] It ended within the clip's life, so it lengthened nothing, and its grace does not.
    if (deleteAt === null || ending.at <= deleteAt) continue;
    const until = later(ending.at, graceOf(hold.kind, policy));
    if (graceUntil === null || until > graceUntil) graceUntil = until;
  }
  return { readable: true, holds, leases: [], graceUntil };
}

function place(
  command: Extract<HoldCommand, { name: 'place' }>,
  policy: HoldPolicy,
  now: EpochMs,
): HoldDecision {
  const asked = basisOf(command);
  const reached = command.clips.filter((clip) => mayBeInScope(clip, asked.scope));
  const held: ClipName[] = [];
  const unheld: Unheld[] = [];
  for (const { thing, clip, possession } of reached) {
    // [HLD-2] Hidden from its owner or still arriving, it is possessed. A purge that has committed
    // its intent is final: the answer is that there are no records. [HLD-6]
    if (possession === 'staged' || possession === 'stored') held.push({ thing, clip });
    else {
      const because = possession === 'shredding' ? 'purge-under-way' : 'already-purged';
      unheld.push({ thing, clip, because });
    }
  }
  const { capture, term } = holdTerms[asked.kind];
  if (held.length === 0 && capture === 'snapshot') {
    return { ok: false, because: 'nothing-to-hold', unheld };
  }
  const termMs = term === 'policy' ? policy.intakeMs : term;
  const expiresAt = termMs === null ? null : later(now, termMs);
  return {
    ok: true,
    event: { name: 'hold-placed', ...asked, placedAt: now, expiresAt, clips: held, unheld },
  };
}

type Basis = Pick<Hold, 'hold' | 'kind' | 'basis' | 'scope'>;
const basisOf = ({ hold, kind, basis, scope }: Basis): Basis => ({ hold, kind, basis, scope });

/** The new term follows the old one without a gap or an overlap. [HLD-5] */
function renew(hold: Hold, request: string, isOver: boolean): HoldDecision {
  if (hold.renewals.includes(request)) return { ok: true, event: null };
  const { renewalsMax, renewalMs } = holdTerms[hold.kind];
  if (hold.expiresAt === null || renewalsMax === 0) return { ok: false, because: 'not-renewable' };
  if (isOver) return { ok: false, because: 'ended' };
  if (hold.renewals.length >= renewalsMax) return { ok: false, because: 'renewals-used-up' };
  const expiresAt = later(hold.expiresAt, renewalMs);
  return { ok: true, event: { name: 'hold-renewed', request, expiresAt } };
}

function ended(hold: Hold, ending: Hold['ended']): HoldDecision {
  const isNews = hold.ended === null && ending !== null;
  return { ok: true, event: isNews ? { name: 'hold-ended', ...ending } : null };
}

function placedBefore(event: HoldEvent, hold: Hold | null): Hold {
  assert(hold !== null, `${event.name} before a hold was placed`);
  return hold;
}
