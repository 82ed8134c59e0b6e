import { describe, expect, test } from 'vitest';
import { endOfLease, type Lease, leaseEnd } from '../../../cloud-stub/custody/leases.ts';
import { privacyFirst } from '../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, hours, later, milliseconds } from '../../../device/wire/time.ts';
import { day, dayZero, ulid } from './holds-samples.ts';

const lease: Lease = {
  lease: ulid(1),
  basis: ulid(2),
  takenAt: dayZero,
  expiresAt: day(1),
  ended: null,
};

describe('a lease lasts a term from the last sign of life, and not beyond its limit', () => {
  test.each([
    ['when taken', ring2019, days(0), day(1)],
    ['renewed in time', ring2019, hours(12), day(1.5)],
    ['renewed near the limit', ring2019, days(6.5), day(7)],
    ['at the limit', ring2019, days(7), day(7)],
    ['under a stricter profile', privacyFirst, hours(30), later(dayZero, hours(31))],
    ['at its limit', privacyFirst, hours(47.5), day(2)],
  ])('%s', (_title, policy, heardAfter, expected) => {
    expect(leaseEnd(dayZero, policy.holds, later(dayZero, heardAfter))).toBe(expected);
  });
});

describe('it ends', () => {
  test.each([
    ['by itself, at its very end', lease, day(1), { at: day(1), because: 'lapsed' }],
    ['not an instant before', lease, later(day(1), milliseconds(-1)), null],
    [
      'once: what is on record stands',
      { ...lease, ended: { at: day(0.5), because: 'done' } },
      day(3),
      { at: day(0.5), because: 'done' },
    ],
  ] as const)('%s', (_title, given, now, expected) => {
    expect(endOfLease(given, now)).toEqual(expected);
  });
});
