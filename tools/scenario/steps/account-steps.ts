/** What becomes of accounts: their plans, and their end. */
import { z } from 'zod';
import { durationSchema } from '../quantities.ts';
import { compareRefusal, defineStep, type Step } from '../step.ts';

const refused = z.string().min(1).optional().describe('it is refused, with this reason');

export const accountSteps: readonly Step[] = [
  defineStep(
    'plan',
    'An account has another plan from now on: another window for what is recorded later.',
    z.strictObject({ account: z.string(), window: durationSchema, refused }),
    async ({ cloud, accounts }, { account, window, refused: expected }) => {
      const outcome = await cloud().plans.change(accounts.get(account), 'another', window);
      return compareRefusal(expected, outcome.ok ? null : outcome.because);
    },
  ),

  defineStep(
    'lapse',
    'An account’s plan has ended and was not paid for again.',
    z.strictObject({ account: z.string(), refused }),
    async ({ cloud, accounts }, { account, refused: expected }) => {
      const outcome = await cloud().plans.lapse(accounts.get(account));
      return compareRefusal(expected, outcome.ok ? null : outcome.because);
    },
  ),

  defineStep(
    'close-account',
    'An owner closes the account, for good.',
    z.strictObject({ account: z.string(), refused }),
    async ({ cloud, accounts }, { account, refused: expected }) => {
      const done = await cloud().account.close(accounts.get(account));
      return compareRefusal(expected, done ? null : 'not-found');
    },
  ),

  defineStep(
    'delete-all',
    'An owner deletes everything, or all of one doorbell.',
    z.strictObject({ account: z.string(), doorbell: z.string().optional() }),
    async ({ cloud, accounts, doorbells }, { account, doorbell }) => {
      const scope = doorbell === undefined ? {} : { thing: doorbells.get(doorbell).thing };
      await cloud().footage.removeAll(accounts.get(account), scope);
    },
  ),
];
