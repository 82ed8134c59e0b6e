/**
 * Scenarios in TypeScript: the world that scenario files act on, closed when the test is over; and scenario files as
 * tests. For tests of your own; see tests/tools/scenario/vitest.test.ts.
 */
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import type { OwnedClip } from '../../cloud-stub/services/owners/owner-views.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import { readScenario } from './scenario-file.ts';
import { profiles, runScenario } from './scenario-run.ts';
import type { ProfileName } from './scenario-schema.ts';
import { verdictText } from './text-report.ts';
import { openWorld, type SimulatedWorld, type World } from './world.ts';

export type TestWorldOptions = {
  /** One that ships, by name, or your own. */
  readonly profile?: ProfileName | Policy;
  readonly seed?: string;
  readonly startAt?: EpochMs;
};

/** A cloud under virtual time, to which accounts and doorbells are added; closed when the test is over. */
export async function openTestWorld(options: TestWorldOptions = {}): Promise<SimulatedWorld> {
  const { profile = 'ring-2019', seed = '1', startAt } = options;
  const policy = typeof profile === 'string' ? profiles[profile] : profile;
  const world = await openWorld({ policy, seed, ...(startAt === undefined ? {} : { startAt }) });
  onTestFinished(() => world.close());
  return world;
}

/** Someone rings; resolves when the clip is recorded, and with the cloud if it can be reached. */
export async function recordRing(world: World, doorbell: string, as: string): Promise<void> {
  const bell = world.doorbells.get(doorbell);
  world.clips.add(as, { thing: bell.thing, clip: await bell.ring() });
  await bell.finishRecording();
  if (bell.state()?.link === 'up') await bell.upload();
}

/** What an owner sees, newest first, at most a hundred. */
export const clipsSeenBy = async (
  world: SimulatedWorld,
  owner: string,
): Promise<readonly OwnedClip[]> =>
  (await world.cloud().footage.list(world.accounts.get(owner), { limit: 100 })).items;

/** A test for each scenario file: it holds, or the test fails with what came out otherwise, by line. */
export function testScenarios(files: readonly string[], profile?: ProfileName): void {
  test.each(files)('scenario %s holds', async (file) => {
    const scenario = readScenario(file, readFileSync(file, 'utf8'));
    const verdict = await runScenario(scenario, profile === undefined ? {} : { profile });
    expect(verdict.outcome, verdictText(verdict, false)).toBe('passed');
  });
}
