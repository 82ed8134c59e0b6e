/** Holds that rest on no demand of this story: placed, renewed and released by people of the desk. */
import { z } from 'zod';
import { holdKinds } from '../../../cloud-stub/custody/holds-policy.ts';
import type { Scope } from '../../../cloud-stub/custody/holds-scope.ts';
import { sha256 } from '../../../device/wire/codec.ts';
import { makeUlid, thingNameSchema } from '../../../device/wire/ids.ts';
import { type PersonName, personNames } from '../office.ts';
import { pointAt, timePointSchema } from '../quantities.ts';
import { compareRefusal, defineStep, type Step } from '../step.ts';
import type { World } from '../world.ts';

const refused = z.string().min(1).optional().describe('it is refused, with this reason');
const by = (otherwise: PersonName) => z.enum(personNames).default(otherwise);

export const holdSteps: readonly Step[] = [
  defineStep(
    'hold',
    'A hold is placed.',
    z.strictObject({
      as: z.string(),
      kind: z.enum(holdKinds),
      by: by('reviewer'),
      doorbells: z.array(thingNameSchema).default([]),
      accounts: z.array(z.string()).default([]),
      from: timePointSchema.optional().describe('open unless said'),
      to: timePointSchema.optional().describe('open unless said'),
      refused,
    }),
    async (world, step) => {
      const now = world.time.clock.now();
      const at = (point: typeof step.from) =>
        point === undefined ? null : pointAt(point, world.startAt, now);
      const scope: Scope = {
        subjects: [
          ...step.doorbells.map(
            (each) => ({ by: 'device', thing: world.doorbells.get(each).thing }) as const,
          ),
          ...step.accounts.map(
            (each) => ({ by: 'account', account: world.accounts.get(each) }) as const,
          ),
        ],
        from: at(step.from),
        to: at(step.to),
      };
      const draw = (count: number): Uint8Array =>
        sha256(Buffer.from(`hold ${step.as}${world.runId}`)).subarray(0, count);
      const hold = makeUlid(now, draw);
      const actor = await actorOf(world, step.by);
      const { kind } = step;
      const outcome = await world
        .cloud()
        .holds.place({ hold, kind, basis: hold, scope, by: actor });
      if (outcome.ok) world.holds.add(step.as, { hold: outcome.hold.hold });
      return compareRefusal(step.refused, outcome.ok ? null : outcome.because);
    },
  ),

  defineStep(
    'renew-hold',
    'A hold is renewed on a renewed request.',
    z.strictObject({
      hold: z.string(),
      by: by('reviewer'),
      request: z.string().default('the renewed request').describe('what stands on the paper'),
      refused,
    }),
    async (world, step) => {
      const { hold } = world.holds.get(step.hold);
      const request = Buffer.from(sha256(Buffer.from(step.request))).toString('hex');
      const actor = await actorOf(world, step.by);
      const outcome = await world.cloud().holds.renew({ hold, request, by: actor });
      return compareRefusal(step.refused, outcome.ok ? null : outcome.because);
    },
  ),

  defineStep(
    'release-hold',
    'One person says that a hold shall end; a second has to say the same.',
    z.strictObject({ hold: z.string(), by: by('reviewer'), refused }),
    async (world, step) => {
      const { hold } = world.holds.get(step.hold);
      const actor = await actorOf(world, step.by);
      const outcome = await world.cloud().holds.release({ hold, because: 'released', by: actor });
      return compareRefusal(step.refused, outcome.ok ? null : outcome.because);
    },
  ),
];

async function actorOf({ office }: World, name: PersonName): Promise<string> {
  const { principal, roles } = await office.person(name);
  return `${roles[0]}:${principal}`;
}
