/** A JPEG of the newest picture: its GOP is decoded by a short-lived ffmpeg, then sharp makes the still. */
import { spawn } from 'node:child_process';
import sharp from 'sharp';
import {
  type Clock,
  ImagerError,
  type NormalisedBox,
  type Still,
  type StillSettings,
} from '../board.ts';
import type { PictureGroup } from './camera-stream.ts';
import { limits } from './limits.ts';

// One picture now and then: neither a cache of pictures nor a thread for each processor pays.
sharp.cache(false);
sharp.concurrency(1);

type Size = { readonly width: number; readonly height: number };
type Raw = Size & { readonly channels: 3 };
type Parts = { readonly clock: Clock; readonly binary: string };

/** Throws ImagerError when the picture cannot be decoded, or not be made as small as `bytesMax`. */
export async function makeStill(
  parts: Parts,
  group: PictureGroup,
  wanted: StillSettings,
): Promise<Still> {
  const size = fitWidth(group, Math.min(wanted.widthPxMax, limits.stillWidthPxMax));
  const pixels = await decodeLast(parts, group, size);
  const jpeg = await compress(pixels, size, wanted);
  return { jpeg, at: group.at };
}

/** Even numbers, the picture's shape, no enlargement. */
function fitWidth(group: PictureGroup, widthMax: number): Size {
  const { widthPx, heightPx } = group.init;
  const width = Math.max(2, Math.min(widthPx, widthMax) & ~1);
  return { width, height: Math.max(2, Math.round((width * heightPx) / widthPx / 2) * 2) };
}

function decodeLast(parts: Parts, group: PictureGroup, size: Size): Promise<Buffer> {
  const want = size.width * size.height * 3;
  const last = group.movies.length - 1;
  const filter =
    `select=gte(n\\,${last}),` +
    `scale=${size.width}:${size.height}:in_color_matrix=${group.colorMatrix}:in_range=auto,format=rgb24`;
  const args = [
    ...['-hide_banner', '-v', 'error', '-threads', '1', '-filter_threads', '1'],
    // The head says all there is to know: probing would decode half of the group twice.
    ...['-probesize', '2048', '-analyzeduration', '0', '-fpsprobesize', '0'],
    ...['-f', 'mp4', '-i', 'pipe:0'],
    ...['-map', '0:v:0', '-vf', filter, '-frames:v', '1', '-f', 'rawvideo', 'pipe:1'],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(parts.binary, args, { windowsHide: true });
    const pixels = Buffer.allocUnsafeSlow(want);
    let got = 0;
    let said = '';
    const fail = (because: string): void => {
      watch.cancel();
      child.kill('SIGKILL');
      reject(new ImagerError(`no still: ${because}`));
    };
    const watch = parts.clock.setTimer('still', limits.stillMs, () =>
      fail(`ffmpeg did not decode it within ${limits.stillMs / 1000} s`),
    );
    child.on('error', (error) => fail(error.message));
    // ffmpeg closes its input once it has the picture it was asked for.
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      got += chunk.copy(pixels, got);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-limits.encoderLineCharsMax);
    });
    child.on('close', () => {
      if (got !== want) return fail(`${got} of ${want} bytes (${said.trim()})`);
      watch.cancel();
      resolve(pixels);
    });
    for (const bytes of [group.init.bytes, ...group.movies]) child.stdin.write(bytes);
    child.stdin.end();
  });
}

const qualities = [85, 75, 65, 55, 45, 35, 25];

async function compress(pixels: Buffer, size: Size, wanted: StillSettings): Promise<Uint8Array> {
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

function outline(regions: readonly NormalisedBox[], { width, height }: Size): Buffer | null {
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
