/** What goes before a court: the provider's own motion, and the court's word on it or on an owner's challenge. */
import { z } from 'zod';
import {
  type DataClass,
  dataClasses,
  motionGrounds,
} from '../../../cloud-stub/legal/process-rules.ts';
import { personNames } from '../office.ts';
import { pointAt, timePointSchema } from '../quantities.ts';
import { defineStep, type Step } from '../step.ts';
import type { World } from '../world.ts';
import { told } from './desk-steps.ts';

const refused = z.string().min(1).optional().describe('it is refused, with this reason');

export const courtSteps: readonly Step[] = [
  defineStep(
    'end-challenge',
    'A reviewer ends an owner’s challenge or the provider’s motion; upheld, nothing leaves.',
    z.strictObject({
      demand: z.string(),
      by: z.enum(personNames).default('reviewer'),
      upheld: z.boolean().default(false),
      modified: z
        .strictObject({
          to: timePointSchema.optional(),
          classes: z.array(z.enum(dataClasses)).optional(),
        })
        .optional()
        .describe('what a court left of it on a motion'),
      refused,
    }),
    async (world, step) => {
      const person = await world.office.person(step.by);
      const { demand } = world.demands.get(step.demand);
      const { upheld, modified } = step;
      const end = modified === undefined ? { upheld } : { upheld, modified: left(world, modified) };
      return told(await world.cloud().desk.endChallenge(person, demand, end), step.refused);
    },
  ),

  defineStep(
    'move',
    'Counsel moves, for the provider, that a court quash or modify a demand.',
    z.strictObject({
      demand: z.string(),
      by: z.enum(personNames).default('counsel'),
      ground: z.enum(motionGrounds),
      because: z.string().default('more than can be searched in its time'),
      refused,
    }),
    async (world, { demand: name, by: mover, ground, because, refused: expected }) => {
      const person = await world.office.person(mover);
      const { demand } = world.demands.get(name);
      return told(await world.cloud().desk.move(person, demand, { ground, because }), expected);
    },
  ),
];

type Left = {
  readonly to?: Parameters<typeof pointAt>[0] | undefined;
  readonly classes?: readonly DataClass[] | undefined;
};
const left = ({ startAt, time }: World, { to, classes }: Left) => ({
  ...(to === undefined ? {} : { to: pointAt(to, startAt, time.clock.now()) }),
  ...(classes === undefined ? {} : { classes }),
});
