import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findFootage } from '../../../tools/score/footage-discovery.ts';
import { scoreFootage } from '../../../tools/score/footage-run.ts';
import { asFound, told, writeBmp, writeGrey } from '../../support/footage/scored-footage.ts';
import { hasFfmpeg } from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const [widthPx, heightPx] = [32, 24];
const area = widthPx * heightPx;
/** Columns of eight: moving, hard shadow, outside the region of interest, unknown; the lower half is background. */
const truth = (x: number, y: number): number =>
  y >= 12 ? 0 : ([255, 50, 85, 170][Math.floor(x / 8)] ?? 0);

type Layout = {
  readonly inputs: readonly number[];
  readonly truths: readonly number[];
  readonly temporal?: string;
  readonly region?: 'left half' | 'of another size';
};

async function cdnetFolder(layout: Layout, name = 'porch'): Promise<string> {
  const folder = join(temporaryFolder(), 'baseline', name);
  const number = (n: number): string => String(n).padStart(6, '0');
  for (const n of layout.inputs) {
    await writeGrey(join(folder, 'input', `in${number(n)}.jpg`), widthPx, heightPx, () => 90);
  }
  for (const n of layout.truths) {
    await writeGrey(join(folder, 'groundtruth', `gt${number(n)}.png`), widthPx, heightPx, truth);
  }
  if (layout.temporal !== undefined) {
    writeFileSync(join(folder, 'temporalROI.txt'), layout.temporal);
  }
  if (layout.region === 'left half') {
    writeBmp(join(folder, 'ROI.bmp'), widthPx, heightPx, (x) => (x < 16 ? 255 : 0));
  } else if (layout.region !== undefined) {
    writeBmp(join(folder, 'ROI.bmp'), widthPx, heightPx + 4, () => 255);
  }
  return folder;
}

/** A detector that calls everything foreground in the frames given. */
async function scoreAll(folder: string, frames: readonly number[]) {
  const [footage] = await findFootage([folder], asFound);
  if (footage === undefined) throw new Error('no footage');
  return scoreFootage(
    footage,
    told((frame) => ({ mask: () => frames.includes(frame) })),
  );
}

describe.skipIf(!hasFfmpeg)('a folder of CDnet layout (needs ffmpeg)', () => {
  test('is named and categorised by its folders, at 25 frames/s', async () => {
    const folder = await cdnetFolder({ inputs: [1, 2], truths: [1, 2] });
    const score = await scoreAll(folder, []);
    expect(score).toMatchObject({
      name: 'porch',
      category: 'baseline',
      frames: 2,
      framesPerSecond: 25,
      widthPx,
      heightPx,
      notes: [],
    });
  });

  test.each([
    ['port_0_17fps', null, 0.17, ['taken at 0.17 frames/s, as its name says']],
    ['tramCrossroad_1fps', null, 1, ['taken at 1 frames/s, as its name says']],
    ['port_0_17fps', 5, 5, []],
    ['porch_0fps', null, 25, []],
  ])('%s, told %s, is taken at %d frames/s', async (name, framesPerSecond, rate, notes) => {
    const folder = await cdnetFolder({ inputs: [1], truths: [1] }, name);
    const [footage] = await findFootage([folder], { ...asFound, framesPerSecond });
    expect([footage?.source.framesPerSecond, footage?.notes]).toEqual([rate, notes]);
  });

  test('moving is 255, shadow counts as background, 85 and 170 do not count', async () => {
    const folder = await cdnetFolder({ inputs: [1, 2], truths: [1, 2] });
    const score = await scoreAll(folder, [0]);
    expect(score.maskFrames).toBe(2);
    const [moving, shadow] = [8 * 12, 8 * 12];
    const lower = area / 2;
    expect(score.pixels).toEqual({
      truePositive: moving,
      falsePositive: lower + shadow,
      falseNegative: moving,
      trueNegative: lower + shadow,
      onShadow: shadow,
    });
  });

  test('only pictures within temporalROI.txt count, both ends inclusive', async () => {
    const all = [1, 2, 3, 4, 5];
    const folder = await cdnetFolder({ inputs: all, truths: all, temporal: '2 4\n' });
    expect(await scoreAll(folder, [])).toMatchObject({ frames: 5, maskFrames: 3 });
  });

  test('only pixels within ROI.bmp count', async () => {
    const folder = await cdnetFolder({ inputs: [1], truths: [1], region: 'left half' });
    const { pixels } = await scoreAll(folder, [0]);
    expect(pixels).toEqual({
      truePositive: 8 * 12,
      falsePositive: 8 * 12 + 16 * 12,
      falseNegative: 0,
      trueNegative: 0,
      onShadow: 8 * 12,
    });
  });

  test('a picture belongs to the truth of its number, wherever numbers begin', async () => {
    const folder = await cdnetFolder({ inputs: [470, 471, 472], truths: [471] });
    const hit = await scoreAll(folder, [1]);
    expect(hit.pixels).toMatchObject({ truePositive: 8 * 12, falseNegative: 0 });
    expect(hit.notes).toEqual(['2 pictures have no mask']);
  });

  test('gaps in the numbering are told, and truth stays with its picture', async () => {
    const folder = await cdnetFolder({ inputs: [1, 2, 5, 6], truths: [1, 2, 5, 6] });
    const score = await scoreAll(folder, [0, 1, 2, 3]);
    expect(score).toMatchObject({ frames: 4, maskFrames: 4 });
    expect(score.pixels).toMatchObject({ falseNegative: 0 });
    expect(score.notes).toEqual([
      'input: 2 numbers are missing: 3-4; the pictures about a gap follow each other',
    ]);
  });

  test('a temporalROI.txt that leaves no picture is told', async () => {
    const folder = await cdnetFolder({ inputs: [1, 2], truths: [1, 2], temporal: '100 200' });
    expect((await scoreAll(folder, [])).notes).toEqual([
      'temporalROI.txt counts 100 to 200, no picture is among them',
    ]);
  });

  test('masks without a picture are told', async () => {
    const folder = await cdnetFolder({ inputs: [1], truths: [1, 2, 3], temporal: '1 2' });
    expect((await scoreAll(folder, [])).notes).toEqual(['1 masks have no picture']);
  });

  test.each<[string, Layout, RegExp]>([
    ['no pictures', { inputs: [], truths: [1] }, /porch\/input: expected in000001\.jpg/],
    ['no masks', { inputs: [1], truths: [] }, /porch\/groundtruth: expected gt000001\.png/],
    [
      'a temporalROI.txt that is none',
      { inputs: [1], truths: [1], temporal: 'all of it' },
      /temporalROI\.txt: expected two numbers, the second no less than the first, found "all of it"/,
    ],
    [
      'a temporalROI.txt that runs backwards',
      { inputs: [1], truths: [1], temporal: '15 5' },
      /expected two numbers, the second no less than the first, found "15 5"/,
    ],
    [
      'a region of another size',
      { inputs: [1], truths: [1], region: 'of another size' },
      /the region \(ROI\) is 32x28, the masks are 32x24/,
    ],
  ])('%s is refused in a sentence', async (_what, layout, expected) => {
    const folder = await cdnetFolder(layout);
    if (layout.inputs.length === 0) {
      await writeGrey(join(folder, 'input', 'cover.jpg'), widthPx, heightPx, () => 0);
    }
    if (layout.truths.length === 0) {
      await writeGrey(join(folder, 'groundtruth', 'cover.png'), widthPx, heightPx, () => 0);
    }
    await expect(scoreAll(folder, [])).rejects.toThrow(expected);
  });
});
