/** `doorbell demo-office`: a whole legal matter with ten people, in virtual time, told as a story. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { actFive, actFour, actOne, actSeven, actThree, actTwo } from '../demo-office/acts.ts';
import { actSix } from '../demo-office/owners-time.ts';
import { openStage } from '../demo-office/stage.ts';
import { Story } from '../demo-office/story.ts';
import { CommandFailure } from './failure.ts';
import { printJson } from './output.ts';
import { givenFolder } from './places.ts';

export function addDemoOfficeCommand(program: Command): void {
  program
    .command('demo-office')
    .description('play a legal matter from the ring at the door to the sealed bag, with ten people')
    .option('--out <folder>', 'where the bag is unpacked (default: a temporary folder)')
    .option('--json', 'print what happened as JSON')
    .action(async (options: { readonly out?: string; readonly json?: boolean }) => {
      const folder =
        options.out === undefined
          ? await mkdtemp(path.join(tmpdir(), 'doorbell-demo-office-'))
          : givenFolder(options.out);
      await mkdir(folder, { recursive: true });
      const secrets = await mkdtemp(path.join(tmpdir(), 'doorbell-demo-keys-'));
      try {
        await play(folder, secrets, options.json === true);
      } finally {
        await rm(secrets, { recursive: true, force: true });
      }
    });
}

async function play(into: string, secrets: string, json: boolean): Promise<void> {
  const stage = await openStage(secrets);
  const print = json ? () => {} : (line: string) => console.log(line);
  const story = new Story(() => stage.time.clock.now(), print);
  const scene = { stage, story };
  try {
    const clip = await actOne(scene);
    const demand = await actTwo(scene);
    await actThree(scene, demand);
    const { folder, runs } = await actFour(scene, demand, into);
    await actFive(scene, demand, clip);
    await actSix(scene);
    await actSeven(scene);
    if (json) printJson({ bag: folder, commands: runs, story: story.told });
    else console.log(`\nThe bag is in ${folder}; README-VERIFY.txt says how to check it.`);
    const failed = runs.filter(({ ok }) => !ok);
    if (failed.length > 0) {
      throw new CommandFailure(`the bag does not verify: ${failed[0]?.command ?? ''}`);
    }
  } finally {
    await stage.close();
  }
}
