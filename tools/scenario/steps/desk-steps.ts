/** What agencies and the legal desk do with a demand, from its receipt to its answer. */
import { z } from 'zod';
import { checkIds } from '../../../cloud-stub/legal/process-rules.ts';
import { reasons } from '../../../cloud-stub/legal/reasons.ts';
import type { DeskAnswer } from '../../../cloud-stub/services/legal-desk/legal-desk.ts';
import { demandSchema, formOf, paperOf } from '../demand-paper.ts';
import { type PersonName, personNames } from '../office.ts';
import type { MatterFacts } from '../scenario-cloud.ts';
import { compareRefusal, defineStep, type Mismatch, type Step } from '../step.ts';
import type { World } from '../world.ts';

const refused = z.string().min(1).optional().describe('it is refused, with this reason');
const by = (otherwise: PersonName) => z.enum(personNames).default(otherwise);
const clips = z.array(z.string()).default([]);
const checks = z.array(z.enum(checkIds)).default([]);

export const deskSteps: readonly Step[] = [
  defineStep('demand', 'An agency hands in a demand.', demandSchema, async (world, step) => {
    const { desk } = world.cloud();
    const person = await world.office.person(step.by);
    const form = await formOf(world, step);
    const answer = await desk.submit(person, form, paperOf(world, step));
    if (answer.ok) world.demands.add(step.as, { demand: answer.value.demand });
    return told(answer, step.refused);
  }),

  defineStep(
    'answer',
    'An agency answers what the desk asked, with the whole form again.',
    demandSchema.omit({ as: true }).extend({ demand: z.string() }),
    async (world, { demand: name, ...step }) => {
      const { desk } = world.cloud();
      const person = await world.office.person(step.by);
      const whole = { ...step, as: name };
      const form = await formOf(world, whole);
      const file = step.paper === undefined ? null : paperOf(world, whole);
      const answer = await desk.answer(person, world.demands.get(name).demand, form, file);
      return told(answer, step.refused);
    },
  ),

  defineStep(
    'take-in',
    'A clerk takes a demand in, and says what only a person can tell of the paper.',
    z.strictObject({
      demand: z.string(),
      by: by('clerk'),
      pages: z.int().min(0).default(1),
      'attachments-missing': z.array(z.string()).default([]),
      filters: z.array(z.enum(['plain', 'protected-activity', 'status'])).default([]),
      'call-back': z.enum(['passed', 'failed', 'not-made']).default('passed'),
      'silence-names-process': z.boolean().default(true),
      refused,
    }),
    async (world, step) => {
      const person = await world.office.person(step.by);
      const { demand } = world.demands.get(step.demand);
      const answer = await world.cloud().desk.takeIn(person, demand, {
        pages: step.pages,
        attachmentsMissing: step['attachments-missing'],
        filters: step.filters,
        callBack: step['call-back'],
        silenceNamesProcess: step['silence-names-process'],
      });
      return told(answer, step.refused);
    },
  ),

  defineStep(
    'review',
    'A reviewer, or counsel, reads a demand, narrows it and clears what the checks found.',
    z.strictObject({
      demand: z.string(),
      by: by('reviewer'),
      narrow: clips.describe('clips that are cut out'),
      confirm: clips.describe('clips whose time or owner was in doubt'),
      clear: checks.describe('failed checks that a person has settled'),
      refused,
    }),
    async (world, step) => {
      const { desk } = world.cloud();
      const person = await world.office.person(step.by);
      const { demand } = world.demands.get(step.demand);
      const found = {
        seen: await versionOf(world, step.demand),
        narrow: step.narrow.map((clip) => keyOf(world, clip)),
        confirm: step.confirm.map((clip) => keyOf(world, clip)),
        clear: step.clear,
      };
      const answer =
        step.by === 'counsel'
          ? await desk.advise(person, demand, found)
          : await desk.review(person, demand, found);
      return told(answer, step.refused);
    },
  ),

  defineStep(
    'approve',
    'An approver signs what was reviewed.',
    z.strictObject({ demand: z.string(), by: by('approver'), refused }),
    async (world, step) => {
      const person = await world.office.person(step.by);
      const { demand } = world.demands.get(step.demand);
      const seen = await versionOf(world, step.demand);
      return told(await world.cloud().desk.approve(person, demand, { seen }), step.refused);
    },
  ),

  defineStep(
    'decide',
    'The desk does all that is missing until a demand is decided: intake, review, approvals.',
    z.strictObject({ demand: z.string(), narrow: clips, confirm: clips, clear: checks }),
    (world, step) => decide(world, step),
  ),

  defineStep(
    'reject',
    'A reviewer refuses a demand.',
    z.strictObject({
      demand: z.string(),
      by: by('reviewer'),
      reason: z.enum(reasons),
      refused,
    }),
    async (world, step) => {
      const person = await world.office.person(step.by);
      const { demand } = world.demands.get(step.demand);
      const why = { seen: await versionOf(world, step.demand), reason: step.reason };
      return told(await world.cloud().desk.refuse(person, demand, why), step.refused);
    },
  ),

  ...(
    [
      ['withdraw', 'An agency takes its demand back.', 'officer', 'withdraw'],
      ['seal', 'The custodian seals what was released.', 'custodian', 'seal'],
      ['deliver', 'The sealed bag is handed over.', 'custodian', 'deliver'],
      ['lift-silence', 'A reviewer ends what silences a notice.', 'reviewer', 'liftSilence'],
    ] as const
  ).map(([name, about, who, act]) =>
    defineStep(
      name,
      about,
      z.strictObject({ demand: z.string(), by: by(who), refused }),
      async ({ office, demands, cloud, time }, step) => {
        const person = await office.person(step.by);
        const { demand } = demands.get(step.demand);
        const answer: DeskAnswer<unknown> = await time.advanceWhile(
          cloud().desk[act](person, demand),
        );
        return told(answer, step.refused);
      },
    ),
  ),
];

export const told = (
  answer: DeskAnswer<unknown>,
  expected: string | undefined,
): readonly Mismatch[] => {
  if (answer.ok) return compareRefusal(expected, null);
  // The word is what a scenario names; the detail helps whoever reads a verdict.
  if (expected === answer.because) return [];
  const invalid = (answer.invalid ?? []).map(({ where, because }) => `${where}: ${because}`);
  const detail = [answer.detail, ...invalid].filter((text) => text !== '').join('; ');
  return compareRefusal(expected, `${answer.because} (${detail})`);
};

export async function matterOf(world: World, name: string): Promise<MatterFacts | null> {
  const reader = await world.office.person('auditor');
  return world.cloud().desk.show(reader, world.demands.get(name).demand);
}

const versionOf = async (world: World, name: string): Promise<number> =>
  (await matterOf(world, name))?.version ?? 0;

function keyOf({ clips: names }: World, name: string): string {
  const { thing, clip } = names.get(name);
  return `clip/${thing}/${clip}`;
}

type Wanted = {
  readonly demand: string;
  readonly narrow: readonly string[];
  readonly confirm: readonly string[];
  readonly clear: readonly (typeof checkIds)[number][];
};

/** Each missing word from the next person who may give it; ends when nothing is missing, or nothing comes of it. */
async function decide(world: World, wanted: Wanted): Promise<readonly Mismatch[]> {
  const { desk } = world.cloud();
  const { demand } = world.demands.get(wanted.demand);
  const found = {
    narrow: wanted.narrow.map((clip) => keyOf(world, clip)),
    confirm: wanted.confirm.map((clip) => keyOf(world, clip)),
    clear: wanted.clear,
  };
  const before = await matterOf(world, wanted.demand);
  if (before?.stage === 'received') {
    const taken = await desk.takeIn(await world.office.person('clerk'), demand, {
      pages: 1,
      attachmentsMissing: [],
      filters: [],
      callBack: 'passed',
      silenceNamesProcess: true,
    });
    if (!taken.ok) return told(taken, undefined);
  }
  const turns = ['reviewer', 'counsel', 'second-reviewer', 'approver', 'second-approver'] as const;
  for (const name of turns) {
    const matter = await matterOf(world, wanted.demand);
    const word = name.replace('second-', '');
    const isMissing = matter?.needs.some(({ need }) => need === word) ?? false;
    // A clearance is a reviewer's, even where no other word of one is missing.
    const isFirst = name === 'reviewer' && matter?.stage === 'in-review';
    if (matter === null || !(isMissing || isFirst)) continue;
    const person = await world.office.person(name);
    const { version: seen } = matter;
    const answer =
      word === 'approver'
        ? await desk.approve(person, demand, { seen })
        : word === 'counsel'
          ? await desk.advise(person, demand, { seen, ...found })
          : await desk.review(person, demand, { seen, ...found });
    if (!answer.ok) return told(answer, undefined);
  }
  const after = await matterOf(world, wanted.demand);
  if (after === null || after.stage !== 'in-review') return [];
  const needs = after.needs.map((each) =>
    'check' in each ? `${each.need} ${each.check}` : each.need,
  );
  return [{ at: [], expected: 'that it is decided', found: `missing: ${needs.join(', ')}` }];
}
