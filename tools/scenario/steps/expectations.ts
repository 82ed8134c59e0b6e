/** Everything a scenario can expect, by subject. */
import { clipExpectation } from './expect-clip.ts';
import { doorbellExpectation } from './expect-doorbell.ts';
import { ledgerExpectation } from './expect-ledger.ts';
import { ownerExpectation } from './expect-owner.ts';
import { recordsExpectation } from './expect-records.ts';
import type { Expectation } from './expectation.ts';

export const expectations: readonly Expectation[] = [
  clipExpectation,
  ownerExpectation,
  doorbellExpectation,
  ledgerExpectation,
  recordsExpectation,
];
