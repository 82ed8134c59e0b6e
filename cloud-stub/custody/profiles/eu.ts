/**
 * A service in the European Union: storage limitation and erasure as the General Data Protection
 * Regulation has them, European production and preservation orders under Regulation (EU) 2023/1543.
 */
import { days, minutes } from '../../../device/wire/time.ts';
import { type Policy, policySchema } from '../policy.ts';

export const eu: Policy = policySchema.parse({
  name: 'eu',
  // Storage limitation, GDPR article 5(1)(e): no longer than the purpose needs. The 30 days are
  // from memory of what doorbell services offer there by default; a supervisor may ask for less.
  clipWindowMs: days(30),
  eventWindowMs: days(30),
  // Security of processing, article 32, needs some trace of who read what; storage limitation asks
  // for little of it. 90 days are from memory of what supervisors let pass for such logs.
  accessWindowMs: days(90),
  // Delivered data is the authority's; the service keeps a copy only while delivery can fail.
  bagWindowMs: days(30),
  // Erased data must not live on in copies for long; a month is what supervisors have accepted (from
  // memory), two weeks are enough here.
  backupWindowMs: days(14),
  // Erasure without undue delay, article 17(1): at once. What a law obliges to keep is held, and
  // article 17(3)(b) and (e) except that.
  userDelete: { kind: 'purge' },
  accountClose: { kind: 'purge' },
  // A lapsed contract ends the ground for storing; a week is for taking the data along, article 20.
  planLapse: { kind: 'grace', graceMs: days(7) },
  // As in ring-2019.
  sweepPeriodMs: minutes(1),
  holds: {
    // Ten days are what a production order grants; a review that takes longer has failed already.
    intakeMs: days(10),
    graceMs: {
      // Article 18 restricts what is disputed, not what is over: nothing but the clerk's week,
      // within which a release made in error can be undone.
      'preservation-request': days(7),
      'search-warrant': days(7),
      'court-order': days(7),
      litigation: days(7),
      'backup-preservation': days(7),
      // Article 11 of the Regulation: preservation ceases when it is no longer necessary.
      'eu-preservation': 0,
    },
    // As in ring-2019.
    lease: { termMs: days(1), totalMsMax: days(7) },
  },
  clock: {
    // As in ring-2019: both guard against destroying by mistake.
    departureMsMax: minutes(5),
    absenceMsMax: days(7),
  },
});
