import { describe, expect, test } from 'vitest';
import { decideHold } from '../../../cloud-stub/custody/holds.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Demand } from '../../../cloud-stub/legal/demand.ts';
import { checkIntake } from '../../../cloud-stub/legal/intake-checks.ts';
import { intakeHold } from '../../../cloud-stub/legal/intake-hold.ts';
import type { ProcessId } from '../../../cloud-stub/legal/process-rules.ts';
import { days, later } from '../../../device/wire/time.ts';
import {
  caseOf,
  clipOf,
  consentTo,
  demandOf,
  neighbour,
  porch,
  receivedAt,
  ulid,
} from './demand-samples.ts';

const { scope } = demandOf('search-warrant');
const clips = [clipOf(1), clipOf(2, { account: neighbour })];
const holdOf = (process: ProcessId, more: Partial<Demand> = {}) => {
  const intake = caseOf(process, more);
  return intakeHold(intake, checkIntake(intake), ulid(50), clips);
};

describe('the intake hold [HLD-4]', () => {
  test.each<[string, ProcessId, Partial<Demand>, boolean]>([
    ['a complete warrant', 'search-warrant', {}, true],
    ['a complete request to preserve', 'preservation-request', {}, true],
    ['a subpoena, whose class a reviewer decides', 'trial-subpoena', {}, true],
    ['a question to its sender open', 'search-warrant', { caseNumber: null }, true],
    ['an area beside an account', 'search-warrant', { scope: { ...scope, area: 'Elm' } }, true],
    ['an area alone', 'search-warrant', { scope: { ...scope, subjects: [], area: 'Elm' } }, false],
    ['unsigned', 'search-warrant', { signedAt: null }, false],
    ['an emergency that is not shown', 'emergency', { emergency: null }, false],
    ['a kind that is refused anyway', 'foreign-demand', {}, false],
    ['a live view', 'live-intercept', {}, false],
    ['an order of silence', 'non-disclosure-order', {}, false],
    [
      "an owner's consent",
      'owner-consent',
      { consent: consentTo({ thing: porch, clip: ulid(1) }) },
      false,
    ],
  ])('%s', (_title, process, more, isHeld) => {
    expect(holdOf(process, more) !== null).toBe(isHeld);
  });

  test('it holds what the demand names, for the term of the profile, from its receipt', () => {
    const command = holdOf('search-warrant');
    if (command === null) throw new Error('no hold');
    expect(decideHold(null, command, ring2019.holds, receivedAt)).toMatchObject({
      event: {
        kind: 'intake',
        basis: ulid(1),
        expiresAt: later(receivedAt, days(14)),
        clips: [{ thing: porch, clip: ulid(1) }],
        unheld: [],
      },
    });
  });
});
