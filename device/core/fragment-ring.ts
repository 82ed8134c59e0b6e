/** The last seconds of encoded video, kept for pre-roll and bounded in time and bytes. [DEV-1] */
import { between, type DurationMs, later, milliseconds, type UptimeMs } from '../wire/time.ts';

/** What the ring and the segmenter need to know of a fragment; the board's `Fragment` with what was read in it. */
export type RecordedFragment = {
  readonly bytes: Uint8Array;
  readonly at: UptimeMs;
  readonly durationMs: DurationMs;
  readonly decodeTimes: readonly { readonly trackId: number; readonly time: number }[];
  readonly continuous: boolean;
  /** Whether its first picture is an IDR picture: playback can start here. */
  readonly idr: boolean;
};

export type FragmentRing = readonly RecordedFragment[];

export type RingLimits = { readonly keepMs: DurationMs; readonly bytesMax: number };

export const endOf = (fragment: RecordedFragment): UptimeMs =>
  later(fragment.at, fragment.durationMs);

/** The ring with `fragment` in it and without what is no longer needed to go back `keepMs`. */
export function pushFragment(
  ring: FragmentRing,
  fragment: RecordedFragment,
  limits: RingLimits,
): FragmentRing {
  const all = [...ring, fragment];
  const from = later(endOf(fragment), milliseconds(-limits.keepMs));
  let bytes = all.reduce((sum, { bytes: { length } }) => sum + length, 0);
  let first = 0;
  while (first < all.length - 1) {
    const oldest = all[first] as RecordedFragment;
    const next = all[first + 1] as RecordedFragment;
    // The oldest is needed while the next one alone would not reach back far enough.
    if (bytes <= limits.bytesMax && next.at > from) break;
    bytes -= oldest.bytes.length;
    first++;
  }
  return all.slice(first);
}

export type PreRoll = {
  readonly fragments: FragmentRing;
  readonly deliveredMs: DurationMs;
  /** What is missing inside. */
  readonly gapMs: DurationMs;
};

/**
 * The fragments a clip triggered at `at` starts with: from the last one that begins at least `requestedMs` before
 * the trigger and on an IDR picture, else from the first such one there is. [DEV-1]
 */
export function preRollOf(ring: FragmentRing, at: UptimeMs, requestedMs: DurationMs): PreRoll {
  const wanted = later(at, milliseconds(-requestedMs));
  const reaching = ring.findLastIndex((fragment) => fragment.idr && fragment.at <= wanted);
  const start = reaching >= 0 ? reaching : ring.findIndex((fragment) => fragment.idr);
  const fragments = start < 0 ? [] : ring.slice(start);
  const first = fragments[0];
  return {
    fragments,
    deliveredMs: first === undefined ? milliseconds(0) : positive(between(first.at, at)),
    gapMs: milliseconds(
      fragments.slice(1).reduce((sum, fragment, i) => {
        const before = fragments[i] as RecordedFragment;
        return fragment.continuous ? sum : sum + positive(between(endOf(before), fragment.at));
      }, 0),
    ),
  };
}

const positive = (length: DurationMs): DurationMs => milliseconds(Math.max(0, length));
