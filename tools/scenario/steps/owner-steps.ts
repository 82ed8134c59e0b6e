/** What owners do. */
import { z } from 'zod';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import type { ClipKey } from '../../../cloud-stub/ports.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { compareRefusal, defineStep, ScenarioMistake, type Step } from '../step.ts';
import type { World } from '../world.ts';

const refused = z.string().min(1).optional().describe('it is refused, with this reason');
const gone = 'not-found';

const clipStep = z.union([
  z.string(),
  z.strictObject({ clip: z.string(), by: z.string().optional(), refused }),
]);

/** Whose clip it is, who acts, and what is expected of it. */
async function clipOf(world: World, body: z.infer<typeof clipStep>) {
  const named = typeof body === 'string' ? { clip: body } : body;
  const key = world.clips.get(named.clip);
  return { key, account: await actorFor(world, key, named.by), expected: named.refused };
}

const ownership = z.strictObject({ doorbell: z.string(), by: z.string(), refused });

async function changeOwner(
  world: World,
  { doorbell, by, refused: expected }: z.infer<typeof ownership>,
  act: 'claim' | 'release',
) {
  const { thing } = world.doorbells.get(doorbell);
  const outcome = await world.cloud().accounts[act](world.accounts.get(by), thing);
  return compareRefusal(expected, outcome.ok ? null : outcome.because);
}

export const ownerSteps: readonly Step[] = [
  defineStep('delete', 'An owner deletes a clip.', clipStep, async (world, body) => {
    const { key, account, expected } = await clipOf(world, body);
    const { footage } = world.cloud();
    const done = await world.time.advanceWhile(footage.remove(account, key));
    return compareRefusal(expected, done ? null : gone);
  }),

  defineStep(
    'view',
    'An owner watches a clip from beginning to end.',
    clipStep,
    async (world, body) => {
      const { key, account, expected } = await clipOf(world, body);
      const opened = await world.cloud().footage.open(account, key);
      if (opened === null) return compareRefusal(expected, gone);
      for await (const _ of opened.read(0, opened.sizeBytes));
      await opened.close();
      return compareRefusal(expected, null);
    },
  ),

  defineStep(
    'give-up',
    'An owner lets go of a doorbell: from now on it is nobody’s.',
    ownership,
    (world, body) => changeOwner(world, body, 'release'),
  ),

  defineStep('claim', 'An account takes a doorbell that is nobody’s.', ownership, (world, body) =>
    changeOwner(world, body, 'claim'),
  ),

  defineStep(
    'consent',
    'An owner agrees that named clips go to whoever asked.',
    z.strictObject({
      demand: z.string(),
      by: z.string(),
      clips: z.array(z.string()).default([]),
      classes: z.array(z.enum(['subscriber', 'non-content'])).default([]),
      refused,
    }),
    async (world, { demand, by, clips, classes, refused: expected }) => {
      const done = await world
        .cloud()
        .desk.consent(world.accounts.get(by), world.demands.get(demand).demand, {
          clips: clips.map((clip) => world.clips.get(clip)),
          classes,
        });
      return compareRefusal(expected, done ? null : gone);
    },
  ),

  defineStep(
    'revoke-consent',
    'An owner takes the consent back.',
    z.strictObject({ demand: z.string(), by: z.string(), refused }),
    async (world, { demand, by, refused: expected }) => {
      const account = world.accounts.get(by);
      const done = await world
        .cloud()
        .desk.revokeConsent(account, world.demands.get(demand).demand);
      return compareRefusal(expected, done ? null : gone);
    },
  ),

  defineStep(
    'challenge',
    'An owner challenges the demand that the latest notice told of.',
    z.strictObject({ by: z.string(), because: z.string().default('it is too broad'), refused }),
    async (world, { by, because, refused: expected }) => {
      const { desk } = world.cloud();
      const account = world.accounts.get(by);
      const notice = await latestNotice(world, account);
      const done = notice !== null && (await desk.challenge(account, notice, because));
      return compareRefusal(expected, done ? null : gone);
    },
  ),

  defineStep(
    'waive',
    'An owner says not to challenge the demand that the latest notice told of: it need not wait.',
    z.strictObject({ by: z.string(), refused }),
    async (world, { by, refused: expected }) => {
      const { desk } = world.cloud();
      const account = world.accounts.get(by);
      const notice = await latestNotice(world, account);
      const done = notice !== null && (await desk.waiveChallenge(account, notice));
      return compareRefusal(expected, done ? null : gone);
    },
  ),
];

/** Null: nothing was told. */
async function latestNotice(world: World, account: AccountId): Promise<Ulid | null> {
  const notices = await world.cloud().desk.notices(account);
  return notices.toSorted((a, b) => b.sentAt - a.sentAt)[0]?.notice ?? null;
}

/** Who does it: the one who is named, else whose clip it is. */
async function actorFor(world: World, key: ClipKey, by: string | undefined): Promise<AccountId> {
  if (by !== undefined) return world.accounts.get(by);
  const account = (await world.record(key))?.account ?? null;
  if (account === null) throw new ScenarioMistake('the clip is nobody’s: say by whom');
  return account;
}
