/** The pictures of a NUT stream one by one, read ahead as far as memory allows. */
import { NutReader } from './nut-reader.ts';

export type StampedPicture = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly luma: Uint8Array;
  /** In ticks of the stream. */
  readonly stamp: number;
};
/** What ended the stream early, in place of a picture. */
export type StreamEnd = 'other-size' | { readonly because: string };

export type PictureQueue = {
  /** Takes the stream's next bytes; false when no more should come for now. */
  take(bytes: Uint8Array): boolean;
  /** Nothing more comes. */
  end(): void;
  /** `resume` asks for more after `take` has said false. */
  pictures(resume: () => void): AsyncGenerator<StampedPicture | StreamEnd>;
  /** A picture's bytes that nobody looks at any more, for one of those to come. */
  takeBack(luma: Uint8Array): void;
};

/** A hundred pictures of the analysed size: while one is looked at, ffmpeg decodes those that follow. */
const aheadBytesMax = 8 * 1024 ** 2;
/**
 * So many are looked at in one go. One at a time, what the detector knows would have left the processor's cache before
 * the next comes, and on two processors it would get in the way of ffmpeg's threads each time.
 */
const batchBytes = 1024 ** 2;

export function createPictureQueue(): PictureQueue {
  let ready: (StampedPicture | StreamEnd)[] = [];
  let aheadBytes = 0;
  let over = false;
  let wake = (): void => {};
  const reader = new NutReader({
    onPicture({ widthPx, heightPx }, luma, stamp) {
      ready.push({ widthPx, heightPx, luma, stamp });
      aheadBytes += luma.length;
    },
    onOtherSize: () => stop('other-size'),
    onBroken: (because) => stop({ because }),
  });

  /** Nothing is to be read after that. */
  function stop(end: StreamEnd): void {
    ready.push(end);
    aheadBytes = aheadBytesMax;
  }

  return {
    take(bytes) {
      reader.take(bytes);
      if (aheadBytes >= batchBytes) wake();
      return aheadBytes < aheadBytesMax;
    },
    end() {
      over = true;
      wake();
    },
    async *pictures(resume) {
      for (;;) {
        const pictures = ready;
        const full = aheadBytes >= aheadBytesMax;
        ready = [];
        aheadBytes = 0;
        if (full) resume();
        for (const picture of pictures) yield picture;
        if (over && ready.length === 0) return;
        if (over || aheadBytes >= batchBytes) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    takeBack: (luma) => reader.takeBack(luma),
  };
}
