/** A frame with its foreground painted in: what was found, what is false, and what was missed. */
import sharp from 'sharp';
import { type PixelVerdict, verdictOf } from './confusion.ts';
import type { PixelKeepsake } from './pixel-keepsakes.ts';

type Colour = readonly [number, number, number];

/** As the strips have them, in light that suits a picture of any brightness. */
const colours: Readonly<Record<PixelVerdict, Colour | null>> = {
  found: [48, 209, 140],
  false: [255, 59, 48],
  missed: [255, 176, 32],
  background: null,
  uncounted: null,
};
/** How much of the colour covers the picture. */
const opacity = 0.6;

/** At the analysed size, as JPEG. */
export async function paintVerdicts(one: PixelKeepsake): Promise<Buffer> {
  const { luma, widthPx, heightPx } = one.picture;
  const painted = new Uint8Array(3 * widthPx * heightPx);
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      const at = centreIn(one, x, y);
      const counts = one.region === null || one.region.bytes[at] !== 0;
      const found = one.foreground[i] !== 0;
      const verdict = counts ? verdictOf(found, one.mask.bytes[at] ?? 0) : 'uncounted';
      const colour = colours[verdict];
      for (let channel = 0; channel < 3; channel++) {
        const grey = luma[i] ?? 0;
        const tint = colour?.[channel] ?? grey;
        painted[3 * i + channel] = Math.round(grey + opacity * (tint - grey));
      }
    }
  }
  return sharp(painted, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

/** The truth's pixel at the middle of one of the picture's. */
function centreIn({ picture, mask }: PixelKeepsake, x: number, y: number): number {
  const column = Math.floor(((x + 0.5) * mask.widthPx) / picture.widthPx);
  const row = Math.floor(((y + 0.5) * mask.heightPx) / picture.heightPx);
  return row * mask.widthPx + column;
}
