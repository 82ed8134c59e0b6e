/**
 * The default: what Ring said of its service in 2019, and where it said nothing, the plainest
 * choice.
 */
import { days, minutes } from '../../../device/wire/time.ts';
import { type Policy, policySchema } from '../policy.ts';

export const ring2019: Policy = policySchema.parse({
  name: 'ring-2019',
  // "Up to 60 days" was the plan's storage time in the United States, and the age to which police
  // could ask.
  clipWindowMs: days(60),
  // An event tells of a clip and is of no use to its owner for longer.
  eventWindowMs: days(60),
  // Nothing was said of these. Half a year lets an owner find out who used a stolen token, and is as
  // far as a window goes here.
  accessWindowMs: days(180),
  // A copy outside the agency's own files is needed until it has fetched and verified its own; the
  // month is for that, two more for a court that asks at once for another.
  bagWindowMs: days(90),
  // Nothing was said of these. What failed unnoticed for a month will not be mended by a backup.
  backupWindowMs: days(30),
  // Deleted footage was hidden at once and could still be produced on a demand until its window
  // ended.
  userDelete: { kind: 'preserve' },
  // Closing an account ended the contract that the storage rested on; what is held outlives it.
  accountClose: { kind: 'purge' },
  // A lapsed plan made recordings inaccessible and removed them.
  planLapse: { kind: 'purge' },
  // The promise is in days; a minute keeps the work of each sweep small.
  sweepPeriodMs: minutes(1),
  holds: {
    // Two weeks for a review: a demand received on day 59 must survive until it is read.
    intakeMs: days(14),
    graceMs: {
      // A request with no process behind it was never more than a request: a week to notice that
      // the process is late.
      'preservation-request': days(7),
      // The 30 days that litigation tools grant before what was held is gone for good.
      'search-warrant': days(30),
      'court-order': days(30),
      litigation: days(30),
      // Its article 11 ends preservation when it is no longer necessary; a week is for the clerk.
      'eu-preservation': days(7),
      // As long as what a court orders: it stands beside proceedings in court.
      'backup-preservation': days(30),
    },
    // A day without a sign of life is a dead export; a week is the longest that one may take.
    lease: { termMs: days(1), totalMsMax: days(7) },
  },
  clock: {
    // Time synchronisation slews or steps by less; a leap second or a lost sync is far below.
    departureMsMax: minutes(5),
    // A cloud that was away for longer may have come back with a wrong clock: ask before
    // destroying.
    absenceMsMax: days(7),
  },
});
