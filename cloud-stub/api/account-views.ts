/** What the API shows of an account and its use. */
import { z } from 'zod';
import { isoTime } from '../../device/wire/time.ts';
import type { AccessRecord } from '../services/accounts/access-records.ts';
import type { AccountDetails } from '../services/owners/owner-account.ts';

const instant = z.string().describe('RFC 3339, UTC, milliseconds');

export const accountView = z
  .strictObject({
    name: z.string(),
    openedAt: instant,
    plan: z
      .strictObject({
        name: z.string(),
        sinceAt: instant.nullable().describe('null: since the account was opened'),
        clipWindowMs: z
          .int()
          .nullable()
          .describe('how long what is recorded now can be seen; null: the plan has lapsed'),
      })
      .describe('in force for what is recorded from now on; a clip keeps the window it was given'),
    eventWindowMs: z.int(),
    accessWindowMs: z.int(),
    onDelete: z
      .enum(['purge', 'grace', 'preserve'])
      .describe('what deleting does to the bytes of a clip, by the policy in force'),
  })
  .meta({ id: 'Account' });
export type AccountView = z.infer<typeof accountView>;

export const viewAccount = (details: AccountDetails): AccountView => ({
  name: details.name,
  openedAt: isoTime(details.openedAt),
  plan: {
    name: details.plan.name,
    sinceAt: details.plan.fromAt === 0 ? null : isoTime(details.plan.fromAt),
    clipWindowMs: details.plan.clipWindowMs,
  },
  eventWindowMs: details.eventWindowMs,
  accessWindowMs: details.accessWindowMs,
  onDelete: details.userDelete,
});

export const accessView = z
  .strictObject({
    at: instant,
    act: z.string(),
    thing: z.string().nullable(),
    clip: z.string().nullable(),
    address: z.string().nullable(),
    client: z.string().nullable().describe('what the program that asked calls itself'),
  })
  .meta({ id: 'Access' });
export type AccessView = z.infer<typeof accessView>;

export const viewAccess = ({
  at,
  act,
  thing,
  clip,
  address,
  client,
}: AccessRecord): AccessView => ({
  at: isoTime(at),
  act,
  thing,
  clip,
  address,
  client,
});
