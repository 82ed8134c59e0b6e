/** The bars on the development footage, which lies beside the checkout and is never part of it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import type { Mechanism } from '../../../device/vision/mechanisms.ts';
import { motionSettingsSchema } from '../../../device/vision/motion-settings.ts';
import { metricsOf } from '../../../tools/score/confusion.ts';
import { findFootage } from '../../../tools/score/footage-discovery.ts';
import { scoreFootage } from '../../../tools/score/footage-run.ts';
import { withFfmpeg as test } from '../../support/footage/test-footage.ts';

const folder = path.join(import.meta.dirname, '../../../../shared/footage');

async function score(name: string, without: readonly Mechanism[] = []) {
  const options = { framesPerSecond: null, analysisWidthPx: 320, masksVideo: null };
  const [footage] = await findFootage([path.join(folder, name)], options);
  if (footage === undefined) throw new Error(`${name}: not found`);
  const settings = motionSettingsSchema.parse({});
  return scoreFootage(footage, { settings, learningMs: 5_000, without });
}

describe.skipIf(!existsSync(folder))('the development footage (../shared/footage)', () => {
  test('a swaying tree stays quiet, and the man before it is found whole', async () => {
    const trees = await score('wallflower_wavingtrees_4fps.mkv');
    expect(trees.intervals?.found).toBe(1);
    expect(trees.intervals?.falseSeconds).toBeLessThanOrEqual(4);
    expect(trees.pixels === null ? 0 : metricsOf(trees.pixels).f).toBeGreaterThanOrEqual(0.8);
  });

  test('the tree does not stay quiet without restlessness', async () => {
    const trees = await score('wallflower_wavingtrees_4fps.mkv', ['restlessness']);
    expect(trees.intervals?.falseSeconds).toBeGreaterThan(4);
  });

  test('a chair left in another place is no motion, and is absorbed', async () => {
    const chair = await score('wallflower_movedobject_4fps_f400-1100.mkv');
    expect(chair.intervals).toMatchObject({ found: 1, falseSeconds: 0 });
    expect(chair.pixels?.falsePositive).toBeLessThan(100);
  });

  test('people who stand almost still for 23 s are followed, and nothing else is', async () => {
    const people = await score('intel_one-by-one-person.mp4');
    expect(people.intervals).toMatchObject({ found: 6, falseSeconds: 0 });
    const { movingFlagged = 0, movingFrames = 1 } = people.intervals ?? {};
    expect(movingFlagged / movingFrames).toBeGreaterThanOrEqual(0.9);
  });

  test('passing clouds make no region over 15 % of the picture', async () => {
    const clouds = await score('pets2001ds3cam1_clouds_f400-1499.mkv');
    expect(clouds.largestRegion).toBeLessThan(0.15);
  });
});
