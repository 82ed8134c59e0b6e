/** What is in a sealed bag, and whether it stands up to the strict verifier. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { verifyBag } from '../../verify/verify-bag.ts';
import { personNames } from '../office.ts';
import type { ReadableBag } from '../scenario-cloud.ts';
import { compareList, type Mismatch } from '../step.ts';
import type { World } from '../world.ts';
import { defineExpectation } from './expectation.ts';

export const bagExpectation = defineExpectation(
  'bag',
  {
    bag: z.string().describe('of this demand'),
    by: z.enum(personNames).default('custodian').describe('who opens it'),
    open: z.boolean().default(true).describe('false: there is none for this person'),
    clips: z.array(z.string()).optional().describe('footage in it, sorted; nothing else'),
    ciphertext: z
      .array(z.string())
      .optional()
      .describe('those of the clips that only their owner can open, sorted'),
    verified: z.boolean().optional().describe('doorbell verify finds nothing wrong'),
    'without-a-trace-of': z
      .array(z.string())
      .optional()
      .describe('accounts, doorbells and clips that no byte of it may name or hold'),
  },
  async (world, expected) => {
    const { demand } = world.demands.get(expected.bag);
    const person = await world.office.person(expected.by);
    const bag = await world.cloud().desk.openBag(person, demand);
    if (bag === null || !expected.open) {
      await bag?.close();
      const found = bag === null ? 'there is none' : 'there is one';
      if ((bag !== null) === expected.open) return [];
      return [{ at: ['bag'], expected: expected.open ? 'a bag' : 'no bag', found }];
    }
    try {
      return [
        ...compareList('clips', expected.clips, clipsIn(world, bag, /clips\/[^/]*\.(mp4|enc)$/)),
        ...compareList(
          'ciphertext',
          expected.ciphertext,
          clipsIn(world, bag, /clips\/[^/]*\.enc$/),
        ),
        ...(await compareTraces(world, expected['without-a-trace-of'] ?? [], bag)),
        ...(expected.verified === undefined ? [] : await compareVerdict(expected.verified, bag)),
      ];
    } finally {
      await bag.close();
    }
  },
);

function clipsIn({ clips }: World, { files }: ReadableBag, kind: RegExp): readonly string[] {
  const footage = files.map(({ path: file }) => file).filter((file) => kind.test(file));
  return footage
    .map((file) => clips.nameOf(({ clip }) => file.includes(clip)) ?? file)
    .toSorted((a, b) => a.localeCompare(b));
}

/** [LEG-4] [EXP-4] Nobody else's names, numbers or pictures are in it. */
async function compareTraces(
  world: World,
  names: readonly string[],
  bag: ReadableBag,
): Promise<readonly Mismatch[]> {
  const found: Mismatch[] = [];
  for (const { path: file } of names.length === 0 ? [] : bag.files) {
    const bytes = await bytesOf(bag, file);
    for (const name of names) {
      const trace = tracesOf(world, name).find((each) => bytes.includes(each));
      if (trace === undefined) continue;
      found.push({
        at: ['without-a-trace-of'],
        expected: `nothing of ${name} in the bag`,
        found: `${trace} in ${file}`,
      });
    }
  }
  return found;
}

function tracesOf({ accounts, doorbells, clips }: World, name: string): readonly string[] {
  const of = <Item>(
    names: { entries(): readonly (readonly [string, Item])[] },
    traces: (item: Item) => readonly string[],
  ): readonly string[] =>
    names.entries().flatMap(([known, item]) => (known === name ? traces(item) : []));
  return [
    ...of(accounts, (account) => [account]),
    ...of(doorbells, ({ thing }) => [`footage of ${thing}`, `"${thing}"`]),
    ...of(clips, ({ clip }) => [clip]),
  ];
}

async function compareVerdict(expected: boolean, bag: ReadableBag): Promise<readonly Mismatch[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'doorbell-bag-'));
  try {
    const root = path.join(folder, bag.name);
    for (const { path: file } of bag.files) {
      const target = path.join(root, file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, await bytesOf(bag, file));
    }
    const { valid, faults } = await verifyBag(root);
    if (valid === expected) return [];
    const [first] = faults;
    const found = first === undefined ? 'nothing is wrong' : `${first.path} ${first.because}`;
    return [{ at: ['verified'], expected: `verified: ${expected}`, found }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bytesOf(bag: ReadableBag, file: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of bag.read(file)) parts.push(part);
  return Buffer.concat(parts);
}
