/** What leaves a full spool first, and which events are still made. Nothing leaves without being said. [DEV-3] */
import type { Ulid } from '../wire/ids.ts';
import type { EventKind } from '../wire/messages.ts';

export type SpooledClip = {
  readonly clip: Ulid;
  readonly seq: number;
  /** Somebody rang. */
  readonly rang: boolean;
  /** What evicting it frees. */
  readonly bytes: number;
  readonly recording: boolean;
  /** The cloud refused it. */
  readonly rejected: boolean;
};

export type EvictionVerdict =
  | { readonly kind: 'evict'; readonly clip: Ulid; readonly because: string }
  /** Nothing may go for the sake of this recording: it ends here. */
  | { readonly kind: 'give-up'; readonly because: string };

/**
 * The next clip to give up for the one being recorded: what the cloud refused, then the oldest without a ring, then -
 * only for a ring - the oldest ring. The clip being recorded is never chosen.
 */
export function chooseEviction(clips: readonly SpooledClip[], forRing: boolean): EvictionVerdict {
  const candidates = clips
    .filter(({ recording, bytes }) => !recording && bytes > 0)
    .toSorted((a, b) => a.seq - b.seq);
  const rejected = candidates.find((clip) => clip.rejected);
  if (rejected !== undefined) return evict(rejected, 'spool full, refused by the cloud');
  const motion = candidates.find(({ rang }) => !rang);
  if (motion !== undefined) return evict(motion, 'spool full, oldest without a ring');
  const ring = candidates[0];
  if (ring === undefined) return { kind: 'give-up', because: 'spool-full' };
  return forRing
    ? evict(ring, 'spool full, oldest ring')
    : { kind: 'give-up', because: 'spool-full' };
}

const evict = (clip: SpooledClip, because: string): EvictionVerdict => ({
  kind: 'evict',
  clip: clip.clip,
  because,
});

/** Unacknowledged events from which only dings and evictions are still made. */
export const eventsPendingMax = 5000;
/** Unacknowledged events from which not even those are; the count of those not made is reported. */
export const eventsPendingHardMax = 20_000;

/**
 * Whether an event may be made while `pending` wait for the cloud. An event is either made, numbered and kept until
 * acknowledged, or not made: sequence numbers have no holes that a receipt could never pass. [WIRE-10]
 */
export function admitsEvent(kind: EventKind, pending: number): boolean {
  if (kind === 'ding' || kind === 'evicted' || kind === 'flash-damaged')
    return pending < eventsPendingHardMax;
  return pending < eventsPendingMax;
}
