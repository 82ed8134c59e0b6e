/** Everything a scenario can expect, by subject. */
import { bagExpectation } from './expect-bag.ts';
import { clipExpectation } from './expect-clip.ts';
import { demandExpectation } from './expect-demand.ts';
import { doorbellExpectation } from './expect-doorbell.ts';
import { ledgerExpectation } from './expect-ledger.ts';
import { mattersExpectation, noticesExpectation } from './expect-notices.ts';
import { ownerExpectation } from './expect-owner.ts';
import { recordsExpectation } from './expect-records.ts';
import type { Expectation } from './expectation.ts';

export const expectations: readonly Expectation[] = [
  clipExpectation,
  ownerExpectation,
  doorbellExpectation,
  demandExpectation,
  bagExpectation,
  noticesExpectation,
  mattersExpectation,
  ledgerExpectation,
  recordsExpectation,
];
