import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type DiscoveryOptions, findFootage } from '../../../tools/score/footage-discovery.ts';
import { scoreFootage, scoreTogether } from '../../../tools/score/footage-run.ts';
import { readLuma } from '../../../tools/score/luma-frames.ts';
import { recordOf } from '../../../tools/score/score-record.ts';
import { totalsOf } from '../../../tools/score/totals.ts';
import { asFound, type Said, told, writeGrey } from '../../support/footage/scored-footage.ts';
import {
  ffmpegUnderTest,
  runFfmpeg,
  withFfmpeg as test,
  testPicture,
} from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const header = 'file,start_frame,end_frame,fps,label,basis,tolerance_frames,note\n';

async function score(
  path: string,
  script: (frame: number) => Said,
  options: Partial<DiscoveryOptions> & { readonly learningMs?: number } = {},
) {
  const [footage] = await findFootage([path], { ...asFound, ...options });
  if (footage === undefined) throw new Error('no footage');
  return scoreFootage(footage, told(script, options.learningMs));
}

/** Forty pictures, ten a second: quiet, a person in 10-19, quiet. */
async function labelled(lines: string): Promise<string> {
  const folder = temporaryFolder();
  const file = await testPicture(folder, { size: '64x48', rate: 10, seconds: 4 });
  writeFileSync(join(folder, 'events.csv'), header + lines);
  return file;
}
const within = (first: number, last: number) => (frame: number) => ({
  motion: frame >= first && frame <= last,
});
const usual =
  'picture.mp4,0,9,10,NO_MOTION,eye,0,\npicture.mp4,10,19,10,PERSON,eye,0,\n' +
  'picture.mp4,20,39,10,NO_MOTION,eye,0,\n';

describe('footage with labels', () => {
  test('gives recall, coverage, onset, and false alarms by the hour of labelled quiet', async () => {
    const file = await labelled(usual);
    const scored = await score(file, (frame) => ({
      motion: (frame >= 13 && frame <= 22) || frame === 30,
    }));
    expect(recordOf(scored).intervals).toEqual({
      found: 1,
      of: 1,
      coverage: 0.7,
      quietSeconds: 3,
      falseSeconds: expect.closeTo(0.4, 9),
      falseRuns: [
        { start: 20, end: 22 },
        { start: 30, end: 30 },
      ],
      falseSecondsPerHour: expect.closeTo((0.4 * 3600) / 3, 6),
      falseRunsPerHour: (2 * 3600) / 3,
      each: [
        {
          start: 10,
          end: 19,
          label: 'PERSON',
          found: true,
          onsetFrames: 3,
          onsetMs: 300,
          framesFlagged: 7,
        },
      ],
    });
  });

  test('keeps the three longest false alarms and misses each as pictures', async () => {
    const file = await labelled(usual);
    const scored = await score(file, (frame) => ({
      motion: frame < 8 || [15, 25, 28].includes(frame) || frame >= 32,
    }));
    const kept = scored.keepsakes.map(({ kind, start, frames }) => [kind, start, frames]);
    expect(kept).toEqual([
      ['false-alarm', 0, 8],
      ['false-alarm', 32, 8],
      ['miss', 10, 5],
      ['miss', 16, 4],
      ['false-alarm', 25, 1],
    ]);
  });

  test('shows of each the frame it names, as that was', async () => {
    const folder = temporaryFolder();
    // Large enough for the memory of a picture to be used again.
    const file = await testPicture(folder, { size: '320x240', rate: 10, seconds: 4 });
    writeFileSync(join(folder, 'events.csv'), header + usual);
    const frames: Buffer[] = [];
    const source = { path: file, images: null, framesPerSecond: null, analysisWidthPx: 320 };
    for await (const { luma } of readLuma(source)) frames.push(Buffer.from(luma));
    const { keepsakes } = await score(file, (frame) => ({ motion: frame < 8 || frame === 25 }));
    expect(keepsakes.map(({ shown }) => shown)).toEqual([17, 7, 25]);
    for (const { shown, picture } of keepsakes) {
      expect(picture.index).toBe(shown);
      expect(frames[shown]?.equals(picture.luma)).toBe(true);
    }
  });

  test('of a varying rate is scored in its own seconds', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'varying.mp4');
    // Ten pictures at 40 ms, then eight at 200 ms.
    const pick = "select='lt(n\\,10)+not(mod(n\\,5))'";
    const { timing } = await ffmpegUnderTest();
    const made = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=25:d=2', '-vf', pick, timing, 'vfr'];
    await runFfmpeg(...made, '-c:v', 'libx264', '-preset', 'ultrafast', file);
    const [footage] = await findFootage([file], asFound);
    if (footage === undefined) throw new Error('no footage');
    const owed = { tolerance: 0, label: 'PERSON', moving: true, onsetFrom: 9 };
    const quiet = { ...owed, start: 0, end: 8, label: 'NO_MOTION', moving: false, onsetFrom: null };
    const intervals = [quiet, { ...owed, start: 9, end: 17 }];
    const labelledFootage = { ...footage, truth: { ...footage.truth, intervals } };
    const scored = await scoreFootage(labelledFootage, told(within(11, 17)));
    expect(scored.intervals?.quietSeconds).toBeCloseTo(0.36, 6);
    expect(scored.intervals?.intervals[0]).toMatchObject({ onsetFrames: 2, onsetMs: 240 });
    expect(scored.framesPerSecond).toBeCloseTo(18 / 2, 6);
  });

  test('that speak of frames it has not is refused', async () => {
    const file = await labelled('picture.mp4,60,70,10,PERSON,eye,5,\n');
    await expect(score(file, within(0, 0))).rejects.toThrow(
      `${file}: labels speak of frames 60 to 70, it has only 40`,
    );
  });

  test.each([
    [40, 0, []],
    [44, 5, []],
    [45, 5, ['labels go on to frame 45, it has only 40']],
  ])('that go on to frame %d within a tolerance of %d', async (end, tolerance, notes) => {
    const file = await labelled(`picture.mp4,30,${end},10,PERSON,eye,${tolerance},\n`);
    expect((await score(file, within(0, 0))).notes).toEqual(notes);
  });

  test('false alarms count from the end of learning on', async () => {
    const file = await labelled(usual);
    const { intervals } = await score(file, within(0, 9), { learningMs: 500 });
    expect(intervals).toMatchObject({ falseSeconds: 0.5, quietFrames: 5 + 20 });
  });
});

describe('several runs', () => {
  test('share one decoding, and are scored apart', async () => {
    const file = await labelled(usual);
    const [footage] = await findFootage([file], asFound);
    if (footage === undefined) throw new Error('no footage');
    const runs = [
      told(within(10, 19)),
      told(within(0, 9)),
      { ...told(within(0, 0)), learningMs: 200 },
    ];
    const scores = await scoreTogether(footage, runs);
    expect(scores.map(({ intervals }) => [intervals?.found, intervals?.quietFlagged])).toEqual([
      [1, 0],
      [0, 10],
      [0, 0],
    ]);
  });

  test('pictures too small for a detector are refused', async () => {
    const folder = temporaryFolder();
    await writeGrey(join(folder, 'a.png'), 8, 8, () => 0);
    await expect(score(folder, () => ({}))).rejects.toThrow(
      `${folder}: too small, 8x8 when analysed, at least 16x16 is needed`,
    );
  });
});

test('totals weigh time for coverage, means of categories for pixels', async () => {
  const file = await labelled(usual);
  const half = await score(file, within(10, 14));
  const none = await score(file, within(30, 34));
  const pixels = {
    truePositive: 1,
    falsePositive: 0,
    falseNegative: 1,
    trueNegative: 9,
    onShadow: 0,
  };
  const totals = totalsOf([
    { ...half, pixels, boxes: { boxes: 2, met: 1, overlapSum: 1 } },
    {
      ...half,
      pixels: { ...pixels, falseNegative: 0 },
      boxes: { boxes: 2, met: 2, overlapSum: 2 },
    },
    { ...none, category: 'other', pixels: { ...pixels, truePositive: 0, falsePositive: 1 } },
    // Nothing to find: F would be 0 and say nothing.
    { ...none, category: 'empty', pixels: { ...pixels, truePositive: 0, falseNegative: 0 } },
  ]);
  expect(totals).toMatchObject({
    files: 4,
    frames: 160,
    intervalsFound: 2,
    intervals: 4,
    coverage: 0.25,
    onsetMsMax: 0,
    quietSeconds: 12,
    falseSeconds: 1,
    falseRuns: 2,
    falseSecondsPerHour: 300,
    falseRunsPerHour: 600,
    boxes: { boxes: 4, met: 3, meanOverlap: 0.75 },
  });
  expect(Object.keys(totals.categories)).toEqual([half.category, 'other']);
  expect(totals.pixels?.recall).toBeCloseTo((0.75 + 0) / 2);
  expect(totals.pixels?.f).toBeCloseTo(((2 / 3 + 1) / 2 + 0) / 2);
});
