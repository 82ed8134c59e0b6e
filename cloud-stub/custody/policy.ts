/**
 * A profile: every number of the custody rules, as data. Profiles ship in profiles/; a user may
 * write their own, which is checked here.
 */
import { z } from 'zod';
import { type DurationMs, days, hours, seconds } from '../../device/wire/time.ts';
import { holdPolicySchema } from './holds-policy.ts';

const length = (min: DurationMs, max: DurationMs) =>
  z
    .int()
    .min(min)
    .max(max)
    .transform((ms) => ms as DurationMs);

/** [RET-3] */
export const windowMsMin = days(1);
export const windowMsMax = days(180);

/**
 * What deleting does to the bytes: at once, after a grace, or not before the window ends. [DEL-2]
 */
const endOfLife = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('purge') }),
  z.strictObject({ kind: z.literal('grace'), graceMs: length(seconds(0), windowMsMax) }),
  z.strictObject({ kind: z.literal('preserve') }),
]);
export type EndOfLife = z.infer<typeof endOfLife>;

export const policySchema = z.strictObject({
  name: z.string().min(1).max(64),
  /**
   * How long the owner sees a clip, from when it was recorded. Stills die with their clip. [RET-3]
   */
  clipWindowMs: length(windowMsMin, windowMsMax),
  /** Events, from when they were received. [RET-10] */
  eventWindowMs: length(windowMsMin, windowMsMax),
  /** Records of access (who signed in, read or took data along, from where), from when it happened. [RET-10] */
  accessWindowMs: length(windowMsMin, windowMsMax),
  /** Export bags, from when they were sealed. [RET-10] */
  bagWindowMs: length(windowMsMin, windowMsMax),
  /** Backups, from when they were begun: until then their own key is kept. [RET-10] */
  backupWindowMs: length(windowMsMin, windowMsMax),
  userDelete: endOfLife,
  accountClose: endOfLife,
  planLapse: endOfLife,
  /** A purge happens within this after it is due. [RET-1] */
  sweepPeriodMs: length(seconds(1), days(1)),
  holds: holdPolicySchema,
  clock: z.strictObject({
    /** How far the wall clock may depart from the monotonic one within a run. [RET-8] */
    departureMsMax: length(seconds(1), days(1)),
    /** How far after the last ledger entry a start may lie. [RET-8] */
    absenceMsMax: length(hours(1), days(365)),
  }),
});
export type Policy = z.infer<typeof policySchema>;

/** A profile as people write it, before it is checked. */
export type Profile = z.input<typeof policySchema>;

export type PolicyReading =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly because: string };

/** Checks a profile. The reason names each field, what was found and what is allowed. */
export function readPolicy(profile: unknown): PolicyReading {
  const parsed = policySchema.safeParse(profile);
  return parsed.success
    ? { ok: true, policy: Object.freeze(parsed.data) }
    : { ok: false, because: z.prettifyError(parsed.error) };
}
