/** How each stressor looks at each strength: one frame of the footage under all of them, a row for each stressor. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { LumaPicture } from '../score/luma-frames.ts';

export type ContactSheet = {
  /** Keeps the picture of the frame that is shown. */
  see(row: number, column: number, picture: LumaPicture): void;
  /** Writes a PNG; its folder is made. */
  write(file: string): Promise<void>;
};

/** By then headlights are on their second pass, and the exposure has jumped; shorter footage shows its last frame. */
const shownAtMs = 8_000;
const gapPx = 4;

export function createContactSheet(): ContactSheet {
  const shown = new Map<string, { row: number; column: number; picture: LumaPicture }>();
  return {
    see(row, column, picture) {
      const key = `${row} ${column}`;
      const before = shown.get(key)?.picture;
      if (before !== undefined && before.atMs >= shownAtMs) return;
      shown.set(key, { row, column, picture });
    },
    async write(file) {
      const all = [...shown.values()];
      const first = all[0]?.picture;
      if (first === undefined) return;
      const { widthPx, heightPx } = first;
      const pictures = all.map(({ row, column, picture }) => ({
        input: Buffer.from(picture.luma),
        raw: { width: widthPx, height: heightPx, channels: 1 as const },
        left: column * (widthPx + gapPx),
        top: row * (heightPx + gapPx),
      }));
      const extent = (of: 'row' | 'column', px: number): number =>
        (Math.max(...all.map((one) => one[of])) + 1) * (px + gapPx) - gapPx;
      const size = { width: extent('column', widthPx), height: extent('row', heightPx) };
      await mkdir(path.dirname(file), { recursive: true });
      await sharp({ create: { ...size, channels: 3, background: '#fff' } })
        .composite(pictures)
        .png()
        .toFile(file);
    },
  };
}
