/**
 * Watches for devices that fall silent in the middle of a clip. A minute after the link was lost, or after the last
 * word on a broker that does not tell of links, its unfinished clips are due; a day after a clip's last word at the
 * latest.
 * [WIRE-7]
 */
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { milliseconds } from '../../../device/wire/time.ts';
import type { ClipKey, Clock, Timer } from '../../ports.ts';
import type { PresenceWatch } from '../devices/presence.ts';

export type SilenceWatch = {
  /** Something of this unfinished clip came. */
  touch(key: ClipKey): void;
  /** Anything came from this device. */
  heard(thing: ThingName): void;
  finished(key: ClipKey): void;
  presenceChanged(thing: ThingName): void;
  stop(): void;
};

type Watched = {
  /** When each unfinished clip was last heard of, monotonic. */
  readonly clips: Map<Ulid, number>;
  timer: Timer | null;
};

export function makeSilenceWatch(
  clock: Clock,
  presence: Pick<PresenceWatch, 'connected'>,
  onSilent: (key: ClipKey, because: string) => void,
): SilenceWatch {
  const watched = new Map<ThingName, Watched>();
  /** When each device was last heard, by message or by a change of its link. */
  const heardAt = new Map<ThingName, number>();
  const startedAt = clock.monotonic();

  function check(thing: ThingName): void {
    const entry = watched.get(thing);
    if (entry === undefined) return;
    entry.timer?.cancel();
    entry.timer = null;
    const now = clock.monotonic();
    const linked = presence.connected(thing) === true;
    const silentAt = (heardAt.get(thing) ?? startedAt) + limits.silenceMs;
    let next = Number.POSITIVE_INFINITY;
    for (const [clip, lastAt] of [...entry.clips]) {
      const dayAt = lastAt + limits.silenceMsMax;
      const dueAt = linked ? dayAt : Math.min(silentAt, dayAt);
      if (dueAt <= now) {
        entry.clips.delete(clip);
        onSilent(
          { thing, clip },
          linked ? 'nothing more of the clip came for a day' : 'the device fell silent',
        );
      } else next = Math.min(next, dueAt);
    }
    if (entry.clips.size === 0) watched.delete(thing);
    else {
      // Heard from meanwhile, it is asked again then: a message must not cost a timer.
      entry.timer = clock.setTimer('silence', milliseconds(Math.max(1, next - now)), () => {
        entry.timer = null;
        check(thing);
      });
    }
  }

  return {
    touch({ thing, clip }) {
      let entry = watched.get(thing);
      if (entry === undefined) {
        entry = { clips: new Map(), timer: null };
        watched.set(thing, entry);
      }
      entry.clips.set(clip, clock.monotonic());
      if (entry.timer === null) check(thing);
    },
    heard: (thing) => {
      heardAt.set(thing, clock.monotonic());
    },
    finished({ thing, clip }) {
      const entry = watched.get(thing);
      entry?.clips.delete(clip);
      if (entry?.clips.size !== 0) return;
      entry.timer?.cancel();
      watched.delete(thing);
    },
    presenceChanged(thing) {
      heardAt.set(thing, clock.monotonic());
      check(thing);
    },
    stop() {
      for (const { timer } of watched.values()) timer?.cancel();
      watched.clear();
    },
  };
}
