/** A JPEG of the newest picture: ffmpeg decodes its GOP, then sharp makes the still. */
import sharp from 'sharp';
import { ImagerError, type NormalisedBox, type Still, type StillSettings } from '../board.ts';
import type { PictureGroup } from './camera-stream.ts';
import { limits } from './limits.ts';
import { type DecoderParts, type PictureSize, StillDecoder } from './still-decoder.ts';

// One picture now and then: neither a cache of pictures nor a thread for each processor pays.
sharp.cache(false);
sharp.concurrency(1);

type Raw = PictureSize & { readonly channels: 3 };

export class StillMaker {
  readonly #parts: DecoderParts;
  #decoder: StillDecoder | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: DecoderParts) {
    this.#parts = parts;
  }

  /** Throws ImagerError when the picture cannot be decoded, or not be made as small as `bytesMax`. */
  async make(group: PictureGroup, wanted: StillSettings): Promise<Still> {
    const size = fitWidth(group, Math.min(wanted.widthPxMax, limits.stillWidthPxMax));
    const decoded = this.#last.then(() => this.#decode(group, size));
    this.#last = decoded.catch(() => undefined);
    const jpeg = await compress(await decoded, size, wanted);
    return { jpeg, at: group.at };
  }

  /** The stream is over: what was asked for is made, then its decoder goes. */
  reset(): void {
    this.#last = this.#last.then(() => this.#close());
  }

  #close(): void {
    this.#decoder?.close();
    this.#decoder = null;
  }

  async #decode(group: PictureGroup, size: PictureSize): Promise<Buffer> {
    if (this.#decoder?.serves(group, size) === true) {
      try {
        return await this.#decoder.decodeLast(group);
      } catch (error) {
        // It may have died since it was last asked: the picture is there still, so a new one is asked.
        if (!(error instanceof ImagerError)) throw error;
      }
    }
    this.#close();
    this.#decoder = new StillDecoder(this.#parts, group, size);
    return this.#decoder.decodeLast(group);
  }
}

/** Even numbers, the picture's shape, no enlargement. */
function fitWidth(group: PictureGroup, widthMax: number): PictureSize {
  const { widthPx, heightPx } = group.init;
  const width = Math.max(2, Math.min(widthPx, widthMax) & ~1);
  return { width, height: Math.max(2, Math.round((width * heightPx) / widthPx / 2) * 2) };
}

const qualities = [85, 75, 65, 55, 45, 35, 25];

async function compress(
  pixels: Buffer,
  size: PictureSize,
  wanted: StillSettings,
): Promise<Uint8Array> {
  const raw: Raw = { ...size, channels: 3 };
  const overlay = outline(wanted.regions ?? [], size);
  const picture = overlay === null ? pixels : await drawn(pixels, raw, overlay);
  // Ever lower quality, then half the size, until it fits.
  for (let width = size.width; width >= 16; width = width >> 1) {
    for (const quality of qualities) {
      // Anew each time: a clone would copy the pixels.
      const whole = sharp(picture, { raw });
      const scaled = width === size.width ? whole : whole.resize(width);
      const jpeg = await scaled.jpeg({ quality }).toBuffer();
      if (jpeg.length <= wanted.bytesMax) return jpeg;
    }
  }
  throw new ImagerError(`no still: it does not fit in ${wanted.bytesMax} bytes`);
}

/** Drawing adds an alpha channel, which the raw picture must not have. */
const drawn = (pixels: Buffer, raw: Raw, overlay: Buffer): Promise<Buffer> =>
  sharp(pixels, { raw })
    .composite([{ input: overlay }])
    .removeAlpha()
    .raw()
    .toBuffer();

function outline(regions: readonly NormalisedBox[], { width, height }: PictureSize): Buffer | null {
  if (regions.length === 0) return null;
  const boxes = regions.map(
    (box) =>
      `<rect x="${box.x * width}" y="${box.y * height}" width="${box.width * width}" ` +
      `height="${box.height * height}"/>`,
  );
  const style = `fill="none" stroke="#ffd400" stroke-width="${Math.max(3, Math.round(width / 320))}"`;
  const size = `width="${width}" height="${height}"`;
  const drawing = `<g ${style}>${boxes.join('')}</g>`;
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${size}>${drawing}</svg>`);
}
