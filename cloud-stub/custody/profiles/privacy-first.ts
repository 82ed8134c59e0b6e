/**
 * As little as a doorbell can do with, for as short as it can: what a service would promise that
 * wants to have nothing to hand over. The law's own holds bind it as they bind the others.
 */
import { days, hours, minutes } from '../../../device/wire/time.ts';
import { type Policy, policySchema } from '../policy.ts';

export const privacyFirst: Policy = policySchema.parse({
  name: 'privacy-first',
  // Who rang while one was away on a week's holiday; nobody looks further back for a visitor.
  clipWindowMs: days(7),
  // An event says who came when as well as a clip does: it goes with it.
  eventWindowMs: days(7),
  // Enough to notice a stranger in the account at the next look at it.
  accessWindowMs: days(30),
  // Two weeks to fetch what was asked for; a desk that needs longer asks again.
  bagWindowMs: days(14),
  // A backup tells of events for as long as its key lives: no longer than events themselves.
  backupWindowMs: days(7),
  // Delete means destroy, within one sweep.
  userDelete: { kind: 'purge' },
  accountClose: { kind: 'purge' },
  // A card that expired is not a wish to lose everything: a day to put it right.
  planLapse: { kind: 'grace', graceMs: days(1) },
  // The promise is "at once": a minute is as near as a sweep needs to be.
  sweepPeriodMs: minutes(1),
  holds: {
    // A small desk with a deputy can read a demand within a week.
    intakeMs: days(7),
    // What no law holds any more is gone with the next sweep. Nothing here waits for a clerk.
    graceMs: {
      'preservation-request': 0,
      'search-warrant': 0,
      'court-order': 0,
      litigation: 0,
      'eu-preservation': 0,
      'backup-preservation': 0,
    },
    // An export that says nothing for an hour is over; two days are enough for any.
    lease: { termMs: hours(1), totalMsMax: days(2) },
  },
  clock: {
    // As in ring-2019: these guard against destroying by mistake, which serves no one's privacy.
    departureMsMax: minutes(5),
    // Windows are a week here, so a wrong clock would destroy all within days: ask sooner.
    absenceMsMax: hours(48),
  },
});
