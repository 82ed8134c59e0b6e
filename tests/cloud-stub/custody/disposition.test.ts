import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commitment } from '../../../cloud-stub/custody/commitment.ts';
import {
  type ClipFacts,
  disposition,
  type Holds,
  noHolds,
} from '../../../cloud-stub/custody/disposition.ts';
import { policySchema } from '../../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, epochMs, hours, later, milliseconds } from '../../../device/wire/time.ts';
import {
  anyHolds,
  anyPolicy,
  anyStoredClip,
  anyTime,
} from '../../support/cloud/custody-samples.ts';

const recordedAt = epochMs(Date.UTC(2026, 0, 1));
const day = (n: number) => later(recordedAt, days(n));
const clip: ClipFacts = {
  possession: 'stored',
  recordedAt,
  expiresAt: day(60),
  userDeletedAt: null,
  accountClosedAt: null,
  planLapsedAt: null,
  abandonedAt: null,
};
const free = { readable: true as const, holds: [], leases: [], graceUntil: null };
const held: Holds = { ...free, holds: ['preservation-1'] };

describe('the disposition of a clip', () => {
  test.each<
    [string, Partial<ClipFacts>, Holds, number, { purgeable: [boolean, string]; visible: boolean }]
  >([
    ['a fresh clip', {}, noHolds, 1, { purgeable: [false, 'not-due'], visible: true }],
    ['the last instant', {}, noHolds, 59.999, { purgeable: [false, 'not-due'], visible: true }],
    ['its window ends', {}, noHolds, 60, { purgeable: [true, 'window-ended'], visible: false }],
    ['held past its window', {}, held, 61, { purgeable: [false, 'kept'], visible: false }],
    ['held within it', {}, held, 1, { purgeable: [false, 'not-due'], visible: true }],
    [
      'deleted by its owner, ring-2019',
      { userDeletedAt: day(3) },
      noHolds,
      4,
      { purgeable: [false, 'not-due'], visible: false },
    ],
    [
      'with an end on record, under a profile that is laxer now [DEL-2]',
      { userDeletedAt: day(3), endOnRecordAt: day(3) },
      noHolds,
      4,
      { purgeable: [true, 'on-record'], visible: false },
    ],
    [
      'with an end on record that lies later than what ends it now [DEL-2]',
      { endOnRecordAt: day(70) },
      noHolds,
      60,
      { purgeable: [true, 'window-ended'], visible: false },
    ],
    [
      'account closed',
      { accountClosedAt: day(3) },
      noHolds,
      3,
      { purgeable: [true, 'account-closed'], visible: false },
    ],
    [
      'plan lapsed',
      { planLapsedAt: day(3) },
      noHolds,
      3,
      { purgeable: [true, 'plan-lapsed'], visible: false },
    ],
    [
      'still arriving',
      { possession: 'staged', expiresAt: null },
      noHolds,
      99,
      { purgeable: [false, 'no-end-yet'], visible: true },
    ],
    [
      'given up while arriving',
      { possession: 'staged', expiresAt: null, abandonedAt: day(1) },
      noHolds,
      1,
      { purgeable: [true, 'abandoned'], visible: true },
    ],
    [
      'a committed intent, held a moment later [RET-6]',
      { possession: 'shredding' },
      held,
      61,
      { purgeable: [true, 'window-ended'], visible: false },
    ],
    [
      'purged',
      { possession: 'shredded' },
      noHolds,
      99,
      { purgeable: [false, 'already-purged'], visible: false },
    ],
  ])('%s', (_title, more, holds, atDay, expected) => {
    const { purgeable, visible } = disposition({ ...clip, ...more }, ring2019, holds, day(atDay));
    expect([purgeable.value, purgeable.because]).toEqual(expected.purgeable);
    expect(visible.value).toBe(expected.visible);
  });

  test.each([
    ['purge', { kind: 'purge' }, 10],
    ['grace', { kind: 'grace', graceMs: days(7) }, 17],
    ['preserve', { kind: 'preserve' }, 60],
    ['a grace beyond the window lengthens nothing', { kind: 'grace', graceMs: days(90) }, 60],
  ])(
    "what a delete does to the bytes is the profile's: %s [DEL-2]",
    (_title, userDelete, endsAt) => {
      const policy = policySchema.parse({ ...ring2019, userDelete });
      const deleted = { ...clip, userDeletedAt: day(10) };
      expect(disposition(deleted, policy, noHolds, day(11)).deletion?.at).toBe(day(endsAt));
    },
  );

  test.each<[string, Holds, string]>([
    ['a hold', held, 'held'],
    ['a lease', { ...free, leases: [{ lease: 'x', expiresAt: day(62) }] }, 'leased'],
    ['a lease that ran out', { ...free, leases: [{ lease: 'x', expiresAt: day(61) }] }, ''],
    ['a release grace', { ...free, graceUntil: day(62) }, 'release-grace'],
    ['a grace that ended', { ...free, graceUntil: day(61) }, ''],
    ['a registry that cannot be read [RET-8]', { readable: false }, 'holds-unreadable'],
  ])('what keeps it: %s', (_title, holds, because) => {
    const { keep, purgeable } = disposition(clip, ring2019, holds, day(61));
    expect(keep.value ? keep.because : '').toBe(because);
    expect(purgeable.value).toBe(because === '');
  });
});

describe('the laws of custody', () => {
  test('nothing is purgeable before the earliest of its ends, and nothing kept ever is [RET-2, I3]', () => {
    fc.assert(
      fc.property(anyStoredClip, anyPolicy, anyHolds, anyTime, (each, policy, holds, now) => {
        const { purgeable, deletion, keep } = disposition(each, policy, holds, now);
        expect(purgeable.value).toBe(deletion !== null && now >= deletion.at && !keep.value);
      }),
    );
  });

  test('no deletion lengthens a life: the end is never after the window [DEL-2]', () => {
    fc.assert(
      fc.property(anyStoredClip, anyPolicy, anyTime, (each, policy, now) => {
        const { deletion } = disposition(each, policy, noHolds, now);
        expect(deletion?.at ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(each.expiresAt ?? 0);
      }),
    );
  });

  test('expiresAt stays as stored under any later profile, hold and time [RET-3, I7]', () => {
    fc.assert(
      fc.property(anyStoredClip, anyPolicy, anyHolds, anyTime, (each, policy, holds, now) => {
        expect(disposition(each, policy, holds, now).expiresAt).toBe(each.expiresAt);
      }),
    );
  });

  test('a clip expires one window after it was recorded, never later than one after it arrived [I8]', () => {
    const unborn = { userDeletedAt: null, accountClosedAt: null, planLapsedAt: null };
    fc.assert(
      fc.property(anyTime, fc.nat(days(90)), anyPolicy, (at, agoMs, policy) => {
        const recorded = later(at, milliseconds(-agoMs));
        const facts = { ...unborn, recordedAt: recorded, boundLowerAt: recorded };
        const { expiresAt, deleteAt, late } = commitment(facts, policy, at);
        expect(expiresAt).toBe(recorded + policy.clipWindowMs);
        expect(expiresAt).toBeLessThanOrEqual(at + policy.clipWindowMs);
        expect(deleteAt).toBe(expiresAt);
        expect(late).toBe(expiresAt <= at);
      }),
    );
  });

  test('what the owner sees does not differ with holds, and ends with the window or a delete [I9]', () => {
    fc.assert(
      fc.property(anyStoredClip, anyPolicy, anyHolds, anyTime, (each, policy, holds, now) => {
        const { visible } = disposition(each, policy, holds, now);
        expect(visible).toEqual(disposition(each, policy, noHolds, now).visible);
        if (visible.value) {
          expect(now).toBeLessThan(each.expiresAt ?? 0);
          expect(each.userDeletedAt).toBeNull();
        }
      }),
    );
  });

  test('once purgeable, it stays so while nothing keeps it [RET-1]', () => {
    fc.assert(
      fc.property(anyStoredClip, anyPolicy, anyTime, fc.nat(days(30)), (each, policy, now, ms) => {
        const before = disposition(each, policy, noHolds, now).purgeable.value;
        const after = disposition(each, policy, noHolds, later(now, milliseconds(ms)));
        if (before) expect(after.purgeable.value).toBe(true);
      }),
    );
  });
});

describe('the commitment of a clip', () => {
  const facts = { recordedAt, userDeletedAt: null, accountClosedAt: null, planLapsedAt: null };

  test('a clip that arrives past its window is late [RET-4]', () => {
    const bounded = { ...facts, boundLowerAt: recordedAt };
    expect(commitment(bounded, ring2019, day(60))).toEqual({
      expiresAt: day(60),
      deleteAt: day(60),
      late: true,
    });
    const justBefore = later(day(60), milliseconds(-1));
    expect(commitment(bounded, ring2019, justBefore).late).toBe(false);
  });

  test('a clip whose age nothing vouches for is never late [RET-4]', () => {
    expect(commitment({ ...facts, boundLowerAt: null }, ring2019, day(61)).late).toBe(false);
  });

  test('one deleted while it arrived is stored with the end its delete sets [DEL-1]', () => {
    const policy = policySchema.parse({
      ...ring2019,
      userDelete: { kind: 'grace', graceMs: hours(1) },
    });
    const deleted = { ...facts, boundLowerAt: recordedAt, userDeletedAt: day(1) };
    expect(commitment(deleted, policy, day(2))).toEqual({
      expiresAt: day(60),
      deleteAt: later(day(1), hours(1)),
      late: false,
    });
  });
});
