/** What is so of one clip: to its owner, in the cloud's hands, in time. */
import { z } from 'zod';
import type { ClipRow } from '../../../cloud-stub/catalogue-tables.ts';
import { endOfHold } from '../../../cloud-stub/custody/holds.ts';
import { holdKinds } from '../../../cloud-stub/custody/holds-policy.ts';
import type { ClipKey } from '../../../cloud-stub/ports.ts';
import { holdOf } from '../../../cloud-stub/services/holds/hold-records.ts';
import {
  durationSchema,
  durationText,
  instantText,
  pointAt,
  timePointSchema,
} from '../quantities.ts';
import { compareList, compareValue, type Mismatch } from '../step.ts';
import type { World } from '../world.ts';
import { defineExpectation } from './expectation.ts';
import { openingOf, openings } from './opened-footage.ts';

const possessions = ['none', 'staged', 'stored', 'shredding', 'shredded'] as const;
const visibilities = [
  'visible',
  'user-deleted',
  'expired',
  'account-closed',
  'plan-lapsed',
] as const;

export const clipExpectation = defineExpectation(
  'clip',
  {
    clip: z.string(),
    visible: z.boolean().optional().describe('its owner can see it'),
    visibility: z.enum(visibilities).optional().describe('why its owner can or cannot'),
    possession: z.enum(possessions).optional().describe('none: the cloud never heard of it'),
    readable: z.boolean().optional().describe('the cloud holds its bytes and their key'),
    opens: z
      .enum(openings)
      .optional()
      .describe('with the key of its owner, what the cloud holds of an encrypted clip'),
    owner: z.string().nullable().optional().describe('whose it is; null: nobody’s'),
    truncated: z.boolean().optional(),
    trigger: z.enum(['ding', 'motion']).optional(),
    window: durationSchema.optional().describe('from when it was recorded to when it expires'),
    'recorded-after': timePointSchema.optional().describe('by trusted time; inclusive'),
    'recorded-before': timePointSchema.optional().describe('exclusive'),
    'purged-after': timePointSchema.optional().describe('inclusive'),
    'purged-before': timePointSchema.optional().describe('exclusive'),
    holds: z.array(z.enum(holdKinds)).optional().describe('kinds of those in force, sorted'),
    reason: z.string().optional().describe('why it was cut short, as the cloud has it on record'),
  },
  async (world, expected) => {
    const key = world.clips.get(expected.clip);
    const row = await world.record(key);
    return [
      ...compareValue('possession', expected.possession, row?.possession ?? 'none'),
      ...compareValue('visibility', expected.visibility, row?.visibility ?? 'none'),
      ...(expected.visible === undefined
        ? []
        : compareValue('visible', expected.visible, await isVisible(world, key, row))),
      ...(expected.readable === undefined
        ? []
        : compareValue('readable', expected.readable, await isReadable(world, key))),
      ...(expected.opens === undefined
        ? []
        : compareValue('opens', expected.opens, await openingOf(world, key))),
      ...compareValue('owner', expected.owner, ownerName(world, row)),
      ...compareValue('truncated', expected.truncated, row?.truncated === 1),
      ...compareValue('trigger', expected.trigger, row?.trigger ?? 'none'),
      ...compareValue('reason', expected.reason, row?.reason ?? 'none'),
      ...compareList(
        'holds',
        expected.holds,
        expected.holds === undefined ? [] : await holdsOf(world, key),
      ),
      ...compareWindow(expected.window, row),
      ...compareTimes(world, expected, row),
    ];
  },
);

async function isVisible(world: World, key: ClipKey, row: ClipRow | null): Promise<boolean> {
  if (row?.account == null) return false;
  const { footage } = world.cloud();
  return (await footage.find(row.account, key)) !== null;
}

/** From the vault itself, whoever may see it. */
async function isReadable({ server }: World, key: ClipKey): Promise<boolean> {
  const dataKey = await server.ports.keys.find(key);
  if (dataKey === null) return false;
  const reader = await server.ports.vault.openRead(key, dataKey);
  if (reader === null) return false;
  const indices = [...reader.chunks().keys()];
  for (const index of indices) await reader.read(index);
  await reader.close();
  return indices.length > 0;
}

async function holdsOf({ server, time }: World, key: ClipKey): Promise<readonly string[]> {
  const rows = await server.ports.catalogue.read
    .selectFrom('holdAttachments')
    .innerJoin('holds', 'holds.hold', 'holdAttachments.hold')
    .selectAll('holds')
    .where('thing', '=', key.thing)
    .where('clip', '=', key.clip)
    .execute();
  const inForce = rows.map(holdOf).filter((hold) => endOfHold(hold, time.clock.now()) === null);
  return inForce.map(({ kind }) => kind).sort();
}

function ownerName({ accounts }: World, row: ClipRow | null): string | null {
  const account = row?.account ?? null;
  return account === null ? null : (accounts.nameOf((known) => known === account) ?? account);
}

function compareWindow(expected: number | undefined, row: ClipRow | null): readonly Mismatch[] {
  if (expected === undefined) return [];
  const { expiresAt = null, recordedAt = null } = row ?? {};
  const found = expiresAt === null || recordedAt === null ? null : expiresAt - recordedAt;
  return found === expected
    ? []
    : [
        {
          at: ['window'],
          expected: `window: ${durationText(expected)}`,
          found: found === null ? 'it was never stored' : durationText(found),
        },
      ];
}

type Times = {
  readonly [Name in `${'recorded' | 'purged'}-${'after' | 'before'}`]?:
    | Parameters<typeof pointAt>[0]
    | undefined;
};

function compareTimes(world: World, expected: Times, row: ClipRow | null): readonly Mismatch[] {
  const now = world.time.clock.now();
  const found = { recorded: row?.recordedAt ?? null, purged: row?.purgedAt ?? null };
  return (['recorded', 'purged'] as const).flatMap((what) =>
    (['after', 'before'] as const).flatMap((side): readonly Mismatch[] => {
      const point = expected[`${what}-${side}`];
      if (point === undefined) return [];
      const bound = pointAt(point, world.startAt, now);
      const at = found[what];
      if (at !== null && (side === 'after' ? at >= bound : at < bound)) return [];
      return [
        {
          at: [`${what}-${side}`],
          expected: `${what} ${side === 'after' ? 'at the earliest' : 'before'} ${instantText(bound)}`,
          found: at === null ? `it is not ${what}` : instantText(at),
        },
      ];
    }),
  );
}
