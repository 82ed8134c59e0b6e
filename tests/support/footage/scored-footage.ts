/** Footage and truth for tests of the scorer, and a detector that says what the test tells it to. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { motionSettingsSchema } from '../../../device/vision/motion-settings.ts';
import type { Box, Observation } from '../../../device/vision/observation.ts';
import type { DiscoveryOptions } from '../../../tools/score/footage-discovery.ts';
import type { OpenWatcher, RunOptions } from '../../../tools/score/footage-run.ts';

export type Paint = (x: number, y: number) => number;

export const asFound: DiscoveryOptions = {
  framesPerSecond: null,
  analysisWidthPx: 320,
  masksVideo: null,
};

/** A grey PNG (or whatever the name's ending says); folders are made. */
export async function writeGrey(
  file: string,
  widthPx: number,
  heightPx: number,
  paint: Paint,
): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  const bytes = Uint8Array.from({ length: widthPx * heightPx }, (_, i) =>
    paint(i % widthPx, Math.floor(i / widthPx)),
  );
  const raw = { width: widthPx, height: heightPx, channels: 1 } as const;
  await sharp(bytes, { raw }).toColourspace('b-w').toFile(file);
}

/** An 8-bit BMP with a grey palette, as CDnet's ROI.bmp is. */
export function writeBmp(file: string, widthPx: number, heightPx: number, paint: Paint): void {
  const rowBytes = Math.ceil(widthPx / 4) * 4;
  const pixelsAt = 14 + 40 + 1024;
  const bmp = Buffer.alloc(pixelsAt + rowBytes * heightPx);
  bmp.write('BM', 0, 'latin1');
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(pixelsAt, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(widthPx, 18);
  bmp.writeInt32LE(heightPx, 22);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(8, 28);
  for (let grey = 0; grey < 256; grey++) bmp.fill(grey, 54 + grey * 4, 54 + grey * 4 + 3);
  for (let y = 0; y < heightPx; y++) {
    // From the bottom up.
    const row = pixelsAt + (heightPx - 1 - y) * rowBytes;
    for (let x = 0; x < widthPx; x++) bmp[row + x] = paint(x, y);
  }
  writeFileSync(file, bmp);
}

export type Said = {
  readonly motion?: boolean;
  readonly regions?: readonly Box[];
  /** Where the foreground is. */
  readonly mask?: (x: number, y: number) => boolean;
};

/** A detector that says the same of the same frame, whatever it sees. */
export const saying =
  (script: (frame: number) => Said): OpenWatcher =>
  (widthPx, heightPx) => {
    let frame = -1;
    return {
      observe(_luma, at): Observation {
        frame++;
        const { motion = false, regions = [] } = script(frame);
        const still = { area: 0.01, directionDeg: null, speed: 0, zones: [], because: 'told to' };
        const drawn = regions.map((box) => ({ box, score: motion ? 1 : 0.5, ...still }));
        return {
          at,
          motion,
          score: motion ? 1 : 0,
          changed: 0,
          regions: drawn,
          because: 'told to',
        };
      },
      foreground() {
        const mask = script(frame).mask ?? (() => false);
        return Uint8Array.from({ length: widthPx * heightPx }, (_, i) =>
          mask(i % widthPx, Math.floor(i / widthPx)) ? 255 : 0,
        );
      },
    };
  };

export const told = (script: (frame: number) => Said, learningMs = 0): RunOptions => ({
  settings: motionSettingsSchema.parse({}),
  learningMs,
  watcher: saying(script),
});
