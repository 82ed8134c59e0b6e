import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  actFive,
  actFour,
  actOne,
  actSeven,
  actThree,
  actTwo,
} from '../../../tools/demo-office/acts.ts';
import type { CommandRun } from '../../../tools/demo-office/bag-check.ts';
import { actSix } from '../../../tools/demo-office/owners-time.ts';
import { openStage, type Stage } from '../../../tools/demo-office/stage.ts';
import { Story } from '../../../tools/demo-office/story.ts';
import { findProgram } from '../../support/requirement.ts';

const tools = findProgram('openssl') !== null && findProgram('sha256sum') !== null;

describe.skipIf(!tools)('the demo of the office (openssl and sha256sum)', () => {
  let folder: string;
  let stage: Stage;
  let story: Story;
  let runs: readonly CommandRun[];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'demo-office-'));
    stage = await openStage(path.join(folder, 'secrets'));
    story = new Story(
      () => stage.time.clock.now(),
      () => {},
    );
    const scene = { stage, story };
    const clip = await actOne(scene);
    const demand = await actTwo(scene);
    await actThree(scene, demand);
    ({ runs } = await actFour(scene, demand, folder));
    await actFive(scene, demand, clip);
    await actSix(scene);
    await actSeven(scene);
  });
  afterAll(async () => {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('ends with a bag that plain openssl and sha256sum verify, as its README says [EXP-2]', () => {
    expect(runs.length).toBeGreaterThan(6);
    expect(runs.filter(({ ok }) => !ok)).toEqual([]);
    expect(runs.map(({ said }) => said)).toContain('CMS Verification successful');
    expect(runs.map(({ said }) => said)).toContain('Verification: OK');
  });

  test('lets nobody have two parts, and puts the attempt on record [LEG-5]', () => {
    const rhea = story.told.filter(({ who }) => who === 'Rhea').map(({ what }) => what);
    expect(rhea[1]).toMatch(/^tries to approve it as well; refused, on record: who has another/);
  });

  test('tells the owner when the silence ends, and not before [LEG-6, DEL-4]', () => {
    const ann = story.told.filter(({ who }) => who === 'Ann');
    expect(ann.map(({ at }) => at.slice(0, 10))).toEqual([
      ...['2026-09-14', '2026-09-16', '2026-09-20', '2026-10-21'],
      ...['2026-12-21', '2026-12-24'],
    ]);
    expect(ann[2]?.what).toBe('is told nothing: the court silenced the notice');
  });

  test('seals nothing while the owner, told, may still challenge it [LEG-6]', () => {
    const act = story.told.filter(({ act: title }) => title === "VI. The owner's time");
    expect(act.map(({ who }) => who)).toEqual(['Olin', 'Ann', 'Cleo', 'Ann', 'Cleo']);
    expect(act[2]?.what).toMatch(
      /^tries to seal it; refused, on record: the owner was told and has/,
    );
    expect(act[4]?.what).toMatch(/: 3 subscriber fields, 0 clips$/);
  });

  test('ends with the footage shredded once two people let go of it [LEG-5, RET-1]', () => {
    const [otto] = story.told.filter(({ who }) => who === 'Otto');
    expect(otto?.what).toBe('starts a sweep: the clip is shredded, its key destroyed first');
  });
});
