/** Clips, scopes and holds for the tests of holds. */
import {
  evolveHold,
  type Hold,
  type HoldableClip,
  type HoldCommand,
  type HoldDecision,
} from '../../../cloud-stub/custody/holds.ts';
import type { Scope } from '../../../cloud-stub/custody/holds-scope.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { days, epochMs, later, seconds } from '../../../device/wire/time.ts';

export const dayZero = epochMs(Date.UTC(2026, 0, 1));
export const day = (n: number) => later(dayZero, days(n));
export const ulid = (n: number) => `01J${String(n).padStart(23, '0')}` as Ulid;
export const thing = 'porch' as ThingName;
export const account = ulid(900);

export const clipOf = (n: number, more: Partial<HoldableClip> = {}): HoldableClip => ({
  thing,
  clip: ulid(n),
  account,
  earliestAt: dayZero,
  latestAt: dayZero,
  durationMs: seconds(20),
  possession: 'stored',
  ...more,
});

export const scope: Scope = { subjects: [{ by: 'device', thing }], from: day(0), to: day(30) };

export const placing = (
  n: number,
  kind: Hold['kind'],
  clips: readonly HoldableClip[] = [clipOf(1)],
): Extract<HoldCommand, { name: 'place' }> => ({
  name: 'place',
  hold: ulid(n),
  kind,
  basis: ulid(n + 500),
  scope,
  clips,
});

/** The hold after a decision that was to be obeyed. */
export function obeyed(before: Hold | null, decision: HoldDecision): Hold {
  if (!decision.ok) throw new Error(`refused: ${decision.because}`);
  if (decision.event !== null) return evolveHold(before, decision.event);
  if (before === null) throw new Error('nothing happened');
  return before;
}
