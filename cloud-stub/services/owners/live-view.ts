/**
 * Live pictures, from the doorbell to whoever watches; none is ever stored. The doorbell is asked to send while
 * somebody watches, and falls silent by itself when nobody asks again.
 */
import type { ThingName } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { milliseconds } from '../../../device/wire/time.ts';
import type { Clock, Timer } from '../../ports.ts';
import type { Commands } from '../devices/commands.ts';
import { serviceLimits } from '../service-limits.ts';
import type { Following } from './announcements.ts';

export type LiveView = {
  watch(thing: ThingName, onFrame: (jpeg: Uint8Array) => void): Following;
  /** The reason when the frame was refused, else null. [WIRE-9] */
  takeFrame(thing: ThingName, payload: Uint8Array): string | null;
  stop(): void;
};

/** JPEG begins with SOI and a marker; what follows is the viewer's decoder's business. */
export const isJpeg = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

export function makeLiveView(clock: Clock, commands: Pick<Commands, 'send'>): LiveView {
  type Watched = { readonly viewers: Set<(jpeg: Uint8Array) => void>; timer: Timer };
  const watched = new Map<ThingName, Watched>();

  function askAgain(thing: ThingName): Timer {
    // Unanswered and refused alike: the viewer sees no picture, and the next asking may be answered.
    void commands.send(thing, 'live-view', { seconds: serviceLimits.liveViewMs / 1000 });
    return clock.setTimer('live-view', milliseconds(serviceLimits.liveViewMs / 2), () => {
      const entry = watched.get(thing);
      if (entry !== undefined) entry.timer = askAgain(thing);
    });
  }

  return {
    watch(thing, onFrame) {
      let entry = watched.get(thing);
      if (entry === undefined) {
        entry = { viewers: new Set(), timer: askAgain(thing) };
        watched.set(thing, entry);
      }
      const { viewers } = entry;
      viewers.add(onFrame);
      return {
        cancel() {
          viewers.delete(onFrame);
          const current = watched.get(thing);
          if (viewers.size > 0 || current?.viewers !== viewers) return;
          current.timer.cancel();
          watched.delete(thing);
        },
      };
    },
    takeFrame(thing, payload) {
      if (payload.length > limits.stillBytesMax || !isJpeg(payload)) {
        return 'a live picture that is no JPEG, or too large';
      }
      for (const viewer of watched.get(thing)?.viewers ?? []) viewer(payload);
      return null;
    },
    stop() {
      for (const { timer } of watched.values()) timer.cancel();
      watched.clear();
    },
  };
}
