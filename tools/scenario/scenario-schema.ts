/** What a scenario may say: its head, and the steps there are; checked, and published as JSON Schema. */
import { z } from 'zod';
import { thingNameSchema } from '../../device/wire/ids.ts';
import { durationSchema, instantSchema } from './quantities.ts';
import type { Step } from './step.ts';
import { accountSteps } from './steps/account-steps.ts';
import { cloudSteps } from './steps/cloud-steps.ts';
import { courtSteps } from './steps/court-steps.ts';
import { deskSteps } from './steps/desk-steps.ts';
import { doorbellSteps } from './steps/doorbell-steps.ts';
import { expectStep } from './steps/expect-step.ts';
import { holdSteps } from './steps/hold-steps.ts';
import { ownerSteps } from './steps/owner-steps.ts';
import { timeSteps } from './steps/time-steps.ts';

export const steps: readonly Step[] = [
  ...timeSteps,
  ...doorbellSteps,
  ...ownerSteps,
  ...accountSteps,
  ...deskSteps,
  ...courtSteps,
  ...holdSteps,
  ...cloudSteps,
  expectStep,
];
export const stepsByName: ReadonlyMap<string, Step> = new Map(
  steps.map((step) => [step.name, step]),
);

/** Of everything but clips of the real world: accounts, clips, demands, people. */
const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
  error: 'expected a name: lower-case letters, digits and hyphens, beginning with a letter',
});

const doorbellSchema = z.strictObject({
  owner: nameSchema.optional().describe('an account; without one the doorbell is nobody’s'),
  encrypted: z.boolean().default(false).describe('its footage is end-to-end encrypted'),
  'pre-roll': durationSchema.optional().describe('what a clip shows before its trigger; 4s'),
  'post-roll': durationSchema.optional().describe('what a clip shows after its trigger; 5s'),
});

export const profileNames = ['ring-2019', 'privacy-first', 'eu'] as const;
export type ProfileName = (typeof profileNames)[number];

export const headSchema = z.strictObject({
  scenario: z.string().min(1).max(200).describe('the fact it shows, in a sentence'),
  rules: z
    .array(z.string().regex(/^[A-Z]{3,4}-\d{1,2}$/, { error: 'expected a rule id such as RET-1' }))
    .default([])
    .describe('the rules it rests on'),
  profile: z.enum(profileNames).optional().describe('the only profile it makes sense under'),
  start: instantSchema.optional().describe('when it begins; 2026-03-02T08:00:00Z'),
  sweep: durationSchema
    .optional()
    .describe('how often the cloud looks for what is due; 10m here, a minute in the profiles'),
  accounts: z.array(nameSchema).default([]).describe('owners, by name'),
  doorbells: z
    .record(thingNameSchema, doorbellSchema)
    .default({})
    .describe('enrolled, claimed and switched on before the first step'),
});

/** JSON Schema (draft 2020-12) of a scenario file, for editors. */
export function scenarioJsonSchema(): Readonly<Record<string, unknown>> {
  const wholes = steps.map((step) =>
    z.strictObject({ [step.name]: step.published ?? step.body }).describe(step.about),
  );
  const [first, ...rest] = wholes;
  if (first === undefined) throw new TypeError('there are no steps');
  const schema = headSchema.extend({ steps: z.array(z.union([first, ...rest])).min(1) });
  return {
    title: 'doorbell scenario',
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  };
}
