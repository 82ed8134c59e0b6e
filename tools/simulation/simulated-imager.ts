/** A camera under a board clock: one fragment a second, luma frames with a square that walks while motion is on. */
import {
  type Clock,
  type Fragment,
  type Imager,
  ImagerError,
  type ImagerSink,
  type Timer,
} from '../../device/board.ts';
import { milliseconds, type UptimeMs } from '../../device/wire/time.ts';
import { makeFragment, makeInit } from './fragment-maker.ts';

export type SimulatedImager = Imager & {
  /** From now on something walks through the picture, or nothing does. */
  setMotion(on: boolean): void;
  /** The stream breaks; `again` starts it anew after a second. */
  breakStream(options: { readonly ended: boolean; readonly again: boolean }): void;
  /** Sends nothing any more, and says nothing about it. */
  freeze(): void;
  failStills(on: boolean): void;
  /** All fragments given so far, as they came out of the encoder. */
  readonly fragments: readonly Fragment[];
  readonly stillsTaken: number;
};

// Small, since a test of power cuts looks at hundreds of thousands of them.
const widthPx = 96;
const heightPx = 54;
const lumaEveryMs = 200;
const emptyScene = Uint8Array.from(
  { length: widthPx * heightPx },
  (_, i) => 90 + ((i * 7919) % 13),
);

export function createSimulatedImager(clock: Clock, fragmentBytes = 2000): SimulatedImager {
  let sink: ImagerSink | null = null;
  let timers: Timer[] = [];
  let motion = false;
  let frozen = false;
  let stillsFail = false;
  let stillsTaken = 0;
  let streamAt = 0;
  const fragments: Fragment[] = [];

  function luma(at: UptimeMs): Uint8Array {
    const picture = Uint8Array.from(emptyScene);
    if (motion) {
      const left = Math.floor((at / 60) % (widthPx - 24));
      // Coarsely patterned, and the pattern changes as clothes and limbs do.
      for (let y = 12; y < 45; y++) {
        for (let x = 0; x < 18; x++) {
          const fold = (Math.floor(x / 3) * 5 + Math.floor(y / 3) * 3 + Math.floor(at / 200)) % 7;
          picture[y * widthPx + left + x] = 150 + 15 * fold;
        }
      }
    }
    return picture;
  }

  function every(name: string, ms: number, act: () => void): void {
    const again = (): void => {
      timers.push(
        clock.setTimer(name, milliseconds(ms), () => {
          act();
          again();
        }),
      );
      timers = timers.slice(-8);
    };
    again();
  }

  function run(): void {
    streamAt = clock.uptime();
    sink?.onMediaInit(makeInit());
    every('imager-luma', lumaEveryMs, () => {
      if (frozen) return;
      const at = clock.uptime();
      sink?.onLuma({ widthPx, heightPx, luma: luma(at), at });
    });
    every('imager-fragment', 1000, () => {
      if (frozen) return;
      const fragment = makeFragment({
        atMs: clock.uptime() - 1000,
        streamAtMs: streamAt,
        bytes: fragmentBytes,
      });
      fragments.push(fragment);
      sink?.onFragment(fragment);
    });
  }

  function halt(): void {
    for (const timer of timers) timer.cancel();
    timers = [];
  }

  return {
    fragments,
    get stillsTaken() {
      return stillsTaken;
    },
    async start(_settings, to) {
      sink = to;
      run();
    },
    async still() {
      if (stillsFail) throw new ImagerError('no picture yet');
      stillsTaken++;
      const jpeg = Buffer.alloc(5000, stillsTaken);
      jpeg.writeUInt16BE(0xffd8, 0);
      return { jpeg, at: clock.uptime() };
    },
    liveFrames({ framesPerSecond }, onFrame) {
      let running = true;
      const again = (): void => {
        clock.setTimer('live', milliseconds(1000 / framesPerSecond), () => {
          if (!running) return;
          const jpeg = Buffer.alloc(3000, 7);
          jpeg.writeUInt16BE(0xffd8, 0);
          onFrame(jpeg);
          again();
        });
      };
      again();
      return { cancel: () => (running = false) };
    },
    async stop() {
      halt();
    },
    setMotion(on) {
      motion = on;
    },
    freeze() {
      frozen = true;
    },
    failStills(on) {
      stillsFail = on;
    },
    breakStream({ ended, again }) {
      halt();
      sink?.onFault({ ended, because: ended ? 'the footage ended' : 'the encoder died' });
      if (again) clock.setTimer('imager-again', milliseconds(1000), run);
    },
  };
}
