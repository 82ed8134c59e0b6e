import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import sharp from 'sharp';
import { describe, expect } from 'vitest';
import { type LumaPicture, readLuma } from '../../../tools/score/luma-frames.ts';
import type { LumaSource } from '../../../tools/score/luma-source.ts';
import { writeGrey } from '../../support/footage/scored-footage.ts';
import {
  ffmpegUnderTest,
  runFfmpeg,
  withFfmpeg as test,
  testPicture,
} from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const video = (path: string, framesPerSecond: number | null = null): LumaSource => ({
  path,
  images: null,
  framesPerSecond,
  analysisWidthPx: 320,
});
const images = (path: string, names: readonly string[]): LumaSource => ({
  path,
  images: names.map((name) => join(path, name)),
  framesPerSecond: 5,
  analysisWidthPx: 320,
});

const hash = (luma: Uint8Array): string => createHash('sha256').update(luma).digest('hex');

async function read(source: LumaSource) {
  const pictures: LumaPicture[] = [];
  const notes: string[] = [];
  for await (const picture of readLuma(source, { onNote: (note) => void notes.push(note) })) {
    pictures.push(picture);
  }
  const sizes = new Set(pictures.map(({ widthPx, heightPx }) => `${widthPx}x${heightPx}`));
  return { pictures, notes, size: [...sizes].join() };
}

describe('videos', () => {
  test('of a varying rate: each frame once, at its own time', async () => {
    const file = join(temporaryFolder(), 'varying.mp4');
    const pick = "select='lt(n\\,10)+not(mod(n\\,5))'";
    const { timing } = await ffmpegUnderTest();
    const made = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=2', '-vf', pick, timing, 'vfr'];
    await runFfmpeg(...made, '-c:v', 'libx264', '-preset', 'ultrafast', file);
    const { pictures } = await read(video(file));
    const expected = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 35, 40, 45];
    expect(pictures.map(({ atMs }) => Math.round(atMs))).toEqual(expected.map((n) => n * 40));
    expect(pictures.map(({ index }) => index)).toEqual(expected.map((_, i) => i));
    const stated = await read(video(file, 10));
    expect(stated.pictures.map(({ atMs }) => atMs)).toEqual(expected.map((_, i) => i * 100));
  });

  test.each([
    ['321x243', '320x242'],
    ['33x25', '32x24'],
    ['640x64', '320x32'],
    ['64x640', '64x640'],
    ['7680x4320', '320x180'],
  ])('of %s are analysed at %s', async (size, analysed) => {
    const folder = temporaryFolder();
    const file = await testPicture(folder, {
      size,
      rate: 1,
      seconds: 1,
      more: ['-pix_fmt', 'yuv444p'],
    });
    expect(await read(video(file))).toMatchObject({ size: analysed, pictures: { length: 1 } });
  });

  test('a name with a quote, a percent sign and a colon is only a name', async () => {
    const folder = temporaryFolder();
    const file = await testPicture(folder, { name: "it's 5%: a*b [1].mp4", seconds: 1, rate: 3 });
    expect((await read(video(file))).pictures).toHaveLength(3);
  });

  test('cut short, they are read as far as they go, and that is said', async () => {
    const folder = temporaryFolder();
    const whole = await testPicture(folder, { name: 'whole.mkv', seconds: 4 });
    const bytes = readFileSync(whole);
    const file = join(folder, 'cut.mkv');
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length / 2)));
    const { pictures, notes } = await read(video(file));
    expect(pictures.length).toBeGreaterThan(10);
    expect(pictures.length).toBeLessThan(50);
    expect(notes).toEqual([expect.stringMatching(/^damaged, \d+ frames could be read: \S/)]);
  });

  test('without a fault nothing is said', async () => {
    expect((await read(video(await testPicture(temporaryFolder())))).notes).toEqual([]);
  });

  test('read slowly, they come whole', async () => {
    const file = await testPicture(temporaryFolder(), { size: '1280x720', seconds: 3 });
    const ownSize = { ...video(file), analysisWidthPx: null };
    const hashes: string[] = [];
    for await (const { luma, index } of readLuma(ownSize)) {
      // By now nine pictures have been read ahead, which is the most, and ffmpeg waits.
      if (index === 1) await pause(1_000);
      hashes.push(hash(luma));
    }
    expect(hashes).toHaveLength(45);
    expect(hashes).toEqual((await read(ownSize)).pictures.map(({ luma }) => hash(luma)));
  });

  test('lent, each is whole until the next is asked for, which may have its bytes', async () => {
    const file = await testPicture(temporaryFolder(), { size: '1280x720', seconds: 3 });
    const ownSize = { ...video(file), analysisWidthPx: null };
    const memories = new Set<ArrayBufferLike>();
    const hashes: string[] = [];
    for await (const { luma } of readLuma(ownSize, { lends: true })) {
      memories.add(luma.buffer);
      await pause(10); // more of them are read meanwhile
      hashes.push(hash(luma));
    }
    expect(hashes).toEqual((await read(ownSize)).pictures.map(({ luma }) => hash(luma)));
    expect(new Set(hashes).size).toBe(45);
    // Nine are read ahead at most, and as many looked at.
    expect(memories.size).toBeLessThan(25);
  });

  test.each([
    ['text', 'what is no video'],
    ['', 'an empty file'],
  ])('%o is refused by name', async (content) => {
    const file = join(temporaryFolder(), 'none.mp4');
    writeFileSync(file, content);
    // ffmpeg 7 says before it that it could not open its input files.
    await expect(read(video(file))).rejects.toThrow(
      /none\.mp4: no picture in it: .*Invalid data found when processing input$/,
    );
  });

  test('an abort ends ffmpeg and the reading', async () => {
    const file = await testPicture(temporaryFolder(), { seconds: 20 });
    const stop = new AbortController();
    const reading = (async () => {
      for await (const picture of readLuma(video(file), { signal: stop.signal })) {
        if (picture.index === 3) stop.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('images', () => {
  const names = ['a1.png', 'a2.png', 'a10.png'];

  async function folderOf(brightness: Record<string, number>, size = [64, 48]): Promise<string> {
    const folder = temporaryFolder();
    const [widthPx = 64, heightPx = 48] = size;
    for (const [name, grey] of Object.entries(brightness)) {
      await writeGrey(join(folder, name), widthPx, heightPx, () => grey);
    }
    return folder;
  }

  test('come in the order given, each once, at the stated rate', async () => {
    const folder = await folderOf({ 'a1.png': 10, 'a2.png': 20, 'a10.png': 100 });
    const { pictures } = await read(images(folder, names));
    expect(pictures.map(({ luma }) => luma[0])).toEqual([10, 20, 100]);
    expect(pictures.map(({ atMs }) => atMs)).toEqual([0, 200, 400]);
  });

  test("in a folder called it's 100%", async () => {
    const folder = join(temporaryFolder(), "it's 100%d");
    await writeGrey(join(folder, 'a.png'), 32, 32, () => 7);
    expect((await read(images(folder, ['a.png']))).pictures[0]?.luma[0]).toBe(7);
  });

  test.each([
    ['with an alpha channel', 4, 'uchar'],
    ['of sixteen bits', 1, 'ushort'],
  ] as const)('%s keep their brightness', async (_what, channels, depth) => {
    const folder = temporaryFolder();
    const bytes =
      depth === 'uchar'
        ? new Uint8Array(64 * 48 * 4).fill(120)
        : new Uint16Array(64 * 48).fill(120 * 257);
    const raw = { width: 64, height: 48, channels };
    const picture = sharp(bytes, { raw });
    const toned = depth === 'uchar' ? picture : picture.toColourspace('grey16');
    await toned.png().toFile(join(folder, 'a1.png'));
    const { pictures } = await read(images(folder, ['a1.png']));
    expect(pictures[0]?.luma[500]).toBeGreaterThan(117);
    expect(pictures[0]?.luma[500]).toBeLessThan(123);
  });

  test('of another size among them are named', async () => {
    const folder = await folderOf({ 'a1.png': 10, 'a2.png': 20 });
    await writeGrey(join(folder, 'a10.png'), 80, 48, () => 30);
    await expect(read(images(folder, names))).rejects.toThrow(
      `${folder}: a10.png is of another size or pixel format than those before it`,
    );
  });

  test.each(['not a picture', ''])('that cannot be read (%o) are not skipped', async (content) => {
    const folder = await folderOf({ 'a1.png': 10, 'a10.png': 100 });
    writeFileSync(join(folder, 'a2.png'), content);
    await expect(read(images(folder, names))).rejects.toThrow(
      /only \d of 3 images could be read: a2\.png cannot be read/,
    );
  });

  test('of another pixel format among them are named, though analysed at the same size', async () => {
    const folder = await folderOf({ 'a1.png': 10, 'a2.png': 20 });
    const raw = { width: 64, height: 48, channels: 3 } as const;
    await sharp(new Uint8Array(64 * 48 * 3).fill(90), { raw })
      .png()
      .toFile(join(folder, 'a10.png'));
    await expect(read(images(folder, names))).rejects.toThrow(
      'a10.png is of another size or pixel',
    );
  });

  test('that are gone are not skipped', async () => {
    const folder = await folderOf({ 'a1.png': 10, 'a2.png': 20, 'a10.png': 100 });
    rmSync(join(folder, 'a2.png'));
    await expect(read(images(folder, names))).rejects.toThrow(
      /only \d of 3 images could be read: a2\.png cannot be read/,
    );
  });
});
