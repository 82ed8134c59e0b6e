/** What doorbells go through: they record and upload, lose network and power, and mistake the time. */
import { z } from 'zod';
import type { Ulid } from '../../../device/wire/ids.ts';
import { thingNameSchema } from '../../../device/wire/ids.ts';
import { milliseconds, seconds } from '../../../device/wire/time.ts';
import type { SimulatedDoorbell } from '../../simulation/simulated-doorbell.ts';
import { durationSchema } from '../quantities.ts';
import { defineStep, type Mismatch, ScenarioMistake, type Step } from '../step.ts';
import type { World } from '../world.ts';

const clipName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
  error: 'expected a name for the clip: lower-case letters, digits and hyphens',
});
const trigger = z
  .union([
    z.literal('ding', { error: 'expected ding, or motion: with its length' }),
    z.strictObject({ motion: durationSchema }),
  ])
  .default('ding')
  .describe('someone rings, or walks by for so long');

const recording = {
  doorbell: thingNameSchema,
  as: clipName.describe('what the story calls the clip'),
  trigger,
};

export const doorbellSteps: readonly Step[] = [
  defineStep(
    'record',
    'A doorbell records a clip to its end, and uploads it if the cloud can be reached.',
    z.strictObject(recording),
    async (world, { doorbell: name, as, trigger: by }) => {
      const doorbell = await begin(world, name, as, by);
      await doorbell.finishRecording();
      return isReachable(doorbell) ? uploaded(doorbell) : [];
    },
  ),

  defineStep(
    'begin-recording',
    'A doorbell begins to record a clip; the next step happens while it does.',
    z.strictObject(recording),
    async (world, { doorbell, as, trigger: by }) => {
      await begin(world, doorbell, as, by);
    },
  ),

  defineStep(
    'upload',
    'Time passes until a doorbell has nothing more that the cloud has not confirmed.',
    z.union([
      thingNameSchema,
      z.strictObject({ doorbell: thingNameSchema, within: durationSchema.optional() }),
    ]),
    async (world, body) => {
      const { doorbell, within } =
        typeof body === 'string' ? { doorbell: body, within: undefined } : body;
      return uploaded(world.doorbells.get(doorbell), within);
    },
  ),

  defineStep(
    'network',
    'A doorbell loses its network, hears nothing of what the cloud says, or has it all again.',
    z.strictObject({ doorbell: thingNameSchema, is: z.enum(['up', 'down', 'deaf']) }),
    async ({ doorbells, time }, { doorbell: name, is }) => {
      const doorbell = doorbells.get(name);
      doorbell.setDeaf(is === 'deaf');
      doorbell.setReachable(is !== 'down');
      await time.advance(seconds(is === 'up' ? 5 : 0));
    },
  ),

  defineStep(
    'power',
    'A doorbell is switched on, shut down in good order, or loses its power at once.',
    z.strictObject({ doorbell: thingNameSchema, is: z.enum(['on', 'off', 'cut']) }),
    async ({ doorbells, time }, { doorbell: name, is }) => {
      const doorbell = doorbells.get(name);
      if (is === 'cut') doorbell.cutPower();
      else if (is === 'off') await doorbell.shutDown();
      else await doorbell.powerOn();
      await time.advance(seconds(0));
    },
  ),

  defineStep(
    'clock',
    'A doorbell’s own clock is wrong by so much, or was never set.',
    z.strictObject({
      doorbell: thingNameSchema,
      off: z
        .string()
        .regex(/^-?\d/, { error: 'expected a length of time such as 3d or -30d' })
        .transform((text, context) => {
          const length = durationSchema.safeParse(text.replace(/^-/, ''));
          if (!length.success) {
            context.addIssue({ code: 'custom', message: 'expected a length such as 3d or -30d' });
            return milliseconds(0);
          }
          return milliseconds(text.startsWith('-') ? -length.data : length.data);
        })
        .default(milliseconds(0)),
      set: z.boolean().default(true).describe('false: it knows that it was never set'),
    }),
    async ({ doorbells }, { doorbell, off, set }) => {
      doorbells.get(doorbell).setClock({ offMs: off, synced: set });
    },
  ),
];

async function begin(
  { doorbells, clips }: World,
  name: string,
  as: string,
  by: 'ding' | { readonly motion: ReturnType<typeof milliseconds> },
): Promise<SimulatedDoorbell> {
  const doorbell = doorbells.get(name);
  if (doorbell.state() === null) throw new ScenarioMistake(`${name} has no power`);
  const clip: Ulid = by === 'ding' ? await doorbell.ring() : await doorbell.walkBy(by.motion);
  clips.add(as, { thing: doorbell.thing, clip });
  return doorbell;
}

const isReachable = (doorbell: SimulatedDoorbell): boolean => doorbell.state()?.link === 'up';

async function uploaded(
  doorbell: SimulatedDoorbell,
  within?: ReturnType<typeof milliseconds>,
): Promise<readonly Mismatch[]> {
  if (await doorbell.upload(within)) return [];
  const { clips = 0, events = 0 } = doorbell.state()?.spool ?? {};
  return [
    {
      at: [],
      expected: `that ${doorbell.thing} uploads everything`,
      found: `${clips} clips and ${events} events are not confirmed`,
    },
  ];
}
