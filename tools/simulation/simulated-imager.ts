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
  /** Pictures come from now on; a stream that runs already goes on. */
  wake(): void;
  /** No picture comes before it is woken, and no timer runs: sixty days pass it by. */
  sleep(): void;
  /** From now on something walks through the picture, or nothing does. */
  setMotion(on: boolean): void;
  /** The stream breaks; `again` starts it anew after a second. */
  breakStream(options: { readonly ended: boolean; readonly again: boolean }): void;
  /** Sends nothing any more, and says nothing about it. */
  freeze(): void;
  /** From now on pictures are handed on so long after they were taken. */
  delay(ms: number): void;
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

export type SimulatedImagerOptions = {
  readonly fragmentBytes?: number;
  /** Stands in every fragment. */
  readonly label?: string;
  /** Begins asleep. */
  readonly asleep?: boolean;
  /** Asked after each fragment: whether it may fall asleep. */
  readonly mayRest?: () => boolean;
};

export function createSimulatedImager(
  clock: Clock,
  options: SimulatedImagerOptions = {},
): SimulatedImager {
  const { fragmentBytes = 2000, label = '', mayRest = () => false } = options;
  let asleep = options.asleep ?? false;
  let running = false;
  /** Counts beginnings, so that a loop of an earlier one ends. */
  let stream = 0;
  let sink: ImagerSink | null = null;
  let timers: Timer[] = [];
  let motion = false;
  let frozen = false;
  let delayMs = 0;
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
    const own = stream;
    const again = (): void => {
      timers.push(
        clock.setTimer(name, milliseconds(ms), () => {
          act();
          if (running && own === stream) again();
        }),
      );
      timers = timers.slice(-8);
    };
    again();
  }

  function handOn(act: () => void): void {
    if (delayMs === 0) act();
    else clock.setTimer('imager-late', milliseconds(delayMs), act);
  }

  function run(): void {
    running = true;
    stream++;
    streamAt = clock.uptime();
    sink?.onMediaInit(makeInit());
    every('imager-luma', lumaEveryMs, () => {
      if (frozen) return;
      const at = clock.uptime();
      handOn(() => sink?.onLuma({ widthPx, heightPx, luma: luma(at), at }));
    });
    every('imager-fragment', 1000, () => {
      if (frozen) return;
      const fragment = makeFragment({
        atMs: clock.uptime() - 1000,
        streamAtMs: streamAt,
        bytes: fragmentBytes,
        label,
      });
      fragments.push(fragment);
      handOn(() => sink?.onFragment(fragment));
      if (mayRest()) sleep();
    });
  }

  function halt(): void {
    running = false;
    for (const timer of timers) timer.cancel();
    timers = [];
  }

  function sleep(): void {
    asleep = true;
    halt();
  }

  return {
    fragments,
    sleep,
    wake() {
      asleep = false;
      if (!running && sink !== null) run();
    },
    get stillsTaken() {
      return stillsTaken;
    },
    async start(_settings, to) {
      sink = to;
      if (!asleep) run();
    },
    async still() {
      if (stillsFail) throw new ImagerError('no picture yet');
      stillsTaken++;
      return { jpeg: pictureFile(5000, stillsTaken, label), at: clock.uptime() };
    },
    liveFrames({ framesPerSecond }, onFrame) {
      let running = true;
      const again = (): void => {
        clock.setTimer('live', milliseconds(1000 / framesPerSecond), () => {
          if (!running) return;
          onFrame(pictureFile(3000, 7, label));
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
    delay(ms) {
      delayMs = ms;
    },
    breakStream({ ended, again }) {
      halt();
      sink?.onFault({ ended, because: ended ? 'the footage ended' : 'the encoder died' });
      if (again) clock.setTimer('imager-again', milliseconds(1000), run);
    },
  };
}

/** Begins and ends as a JPEG does; in between, a comment with the label, and nothing. */
function pictureFile(bytes: number, fill: number, label: string): Buffer {
  const jpeg = Buffer.alloc(bytes, fill % 0xfe);
  jpeg.writeUInt32BE(0xffd8fffe, 0);
  jpeg.writeUInt16BE(bytes - 6, 4);
  jpeg.write(label, 6, 'latin1');
  jpeg.writeUInt16BE(0xffd9, bytes - 2);
  return jpeg;
}
