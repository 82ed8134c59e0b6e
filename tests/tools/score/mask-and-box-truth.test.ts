import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type DiscoveryOptions, findFootage } from '../../../tools/score/footage-discovery.ts';
import { scoreFootage } from '../../../tools/score/footage-run.ts';
import { recordOf } from '../../../tools/score/score-record.ts';
import { asFound, type Said, told } from '../../support/footage/scored-footage.ts';
import {
  numbered,
  runFfmpeg,
  withFfmpeg as test,
  testPicture,
} from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function score(
  path: string,
  script: (frame: number) => Said,
  options: Partial<DiscoveryOptions> & { readonly learningMs?: number } = {},
) {
  const [footage] = await findFootage([path], { ...asFound, ...options });
  if (footage === undefined) throw new Error('no footage');
  return scoreFootage(footage, told(script, options.learningMs));
}

const within = (first: number, last: number) => (frame: number) => ({
  motion: frame >= first && frame <= last,
});

describe('a pair of videos', () => {
  async function pair(seconds: number, maskSeconds: number, maskSize = '64x48') {
    const folder = temporaryFolder();
    const video = await testPicture(folder, { size: '64x48', rate: 5, seconds });
    const masks = join(folder, 'masks.mkv');
    const source = `color=black:s=${maskSize}:r=5:d=${maskSeconds}`;
    const box = "drawbox=x=0:y=0:w=iw/4:h=ih:color=white:t=fill:enable='gte(n,5)'";
    await runFfmpeg('-f', 'lavfi', '-i', source, '-vf', box, '-c:v', 'ffv1', masks);
    return { video, masks };
  }
  const leftQuarter = { mask: (x: number) => x < 16 };

  test('is compared pixel by pixel, frame by frame', async () => {
    const { video, masks } = await pair(2, 2);
    const right = await score(video, (n) => (n >= 5 ? leftQuarter : {}), { masksVideo: masks });
    const part = 16 * 48;
    expect(right).toMatchObject({
      maskFrames: 10,
      pixels: { truePositive: 5 * part, falsePositive: 0, falseNegative: 0 },
      notes: [],
    });
    const late = await score(video, (n) => (n >= 6 ? leftQuarter : {}), { masksVideo: masks });
    expect(late.pixels).toMatchObject({ truePositive: 4 * part, falseNegative: part });
  });

  test('of other sizes and the same shape is compared at the size of the masks', async () => {
    const { video, masks } = await pair(1, 1, '128x96');
    const { pixels } = await score(video, () => leftQuarter, { masksVideo: masks });
    expect(pixels).toMatchObject({ falsePositive: 5 * 32 * 96, falseNegative: 0 });
  });

  test('is a folder of images and a video, too', async () => {
    const { video, masks } = await pair(1, 1);
    const folder = join(temporaryFolder(), 'images');
    mkdirSync(folder);
    await runFfmpeg('-i', video, numbered(folder, 'png'));
    const options = { masksVideo: masks, framesPerSecond: 5 };
    expect((await score(folder, () => ({}), options)).maskFrames).toBe(5);
  });

  test.each([
    [2, 1, /masks\.mkv has only 5 masks for 10 frames$/],
    [1, 2, /masks\.mkv goes on after the footage has ended$/],
  ])('of %d s and %d s says which is shorter', async (seconds, maskSeconds, expected) => {
    const { video, masks } = await pair(seconds, maskSeconds);
    const { notes } = await score(video, () => ({}), { masksVideo: masks });
    expect(notes).toEqual([expect.stringMatching(expected)]);
  });

  test('of another shape is refused', async () => {
    const { video, masks } = await pair(1, 1, '64x64');
    await expect(score(video, () => ({}), { masksVideo: masks })).rejects.toThrow(
      `${video}: the mask of frame 0 is 64x64, which is another shape than the picture's (64x48 when analysed)`,
    );
  });
});

describe('box truth', () => {
  /** Ten frames, of which the box moves in 4 to 7. */
  async function boxedScene(frames = 10): Promise<string> {
    const folder = join(temporaryFolder(), 'scene');
    mkdirSync(folder);
    await testPicture(folder, { name: 'footage.mp4', size: '160x120', rate: 10, seconds: 1 });
    const truth = {
      v: 1,
      name: 'scene',
      seed: 1,
      widthPx: 160,
      heightPx: 120,
      framesPerSecond: 10,
      frames,
      analysis: { widthPx: 160, heightPx: 120 },
      objects: [{ id: 'a', what: 'person', frames: [4, 5, 6, 7].map((n) => [n, 0.5, 0, 0.5, 1]) }],
      events: [{ label: 'PERSON', startFrame: 4, endFrame: 7, objectIds: ['a'], firstVisible: 5 }],
      quiet: [[0, 3]],
      conditions: ['day'],
      note: '',
    };
    writeFileSync(join(folder, 'truth.json'), JSON.stringify(truth));
    return folder;
  }
  const half = { x: 0.5, y: 0, width: 0.5, height: 1 };
  const quarter = { x: 0.5, y: 0, width: 0.25, height: 1 };

  test('regions that count are held against the boxes of their frame', async () => {
    const folder = await boxedScene();
    const scored = await score(folder, (frame) => ({
      motion: frame >= 5 && frame <= 7,
      regions: frame === 5 ? [half] : [quarter],
    }));
    // 4: not yet motion; 5: the whole; 6 and 7: half of it.
    expect(recordOf(scored).boxes).toEqual({
      boxes: 4,
      met: 3,
      meanOverlap: (0 + 1 + 0.5 + 0.5) / 4,
    });
    expect(scored.largestRegion).toBe(0.5);
    expect(scored.intervals).toMatchObject({ found: 1, of: 1, quietFrames: 4 });
  });

  test('an onset counts from the first frame that shows more than 0.5 % of the picture', async () => {
    const { intervals } = await score(await boxedScene(), within(6, 7));
    expect(intervals?.intervals[0]).toMatchObject({ onsetFrames: 1, onsetMs: 100 });
  });

  test('truth of another number of frames is refused', async () => {
    const folder = await boxedScene(12);
    await expect(score(folder, within(5, 7))).rejects.toThrow(
      'has 10 frames, its truth speaks of 12',
    );
  });

  test("a scene's masks are read with it", async () => {
    const source = join(import.meta.dirname, '../../../fixtures/scenes/rain');
    const folder = join(temporaryFolder(), 'rain');
    cpSync(source, folder, { recursive: true });
    const scored = await score(folder, () => ({ mask: () => true }));
    expect(scored.maskFrames).toBe(scored.frames);
    expect(scored.pixels).toMatchObject({ truePositive: 0, falseNegative: 0, trueNegative: 0 });
    expect(scored.pixels?.falsePositive).toBeGreaterThan(scored.frames * 50_000);
    const masks = readFileSync(join(folder, 'masks.bin.gz'));
    writeFileSync(join(folder, 'masks.bin.gz'), masks.subarray(0, masks.length / 2));
    await expect(score(folder, () => ({}))).rejects.toThrow(/cannot read masks: .*masks\.bin\.gz/);
  });
});
