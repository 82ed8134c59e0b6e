/** Arbitrary policies, clips and times for properties of custody. */
import fc from 'fast-check';
import type { ClipFacts, Holds } from '../../../cloud-stub/custody/disposition.ts';
import { type EndOfLife, type Policy, policySchema } from '../../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, type EpochMs, epochMs, later, milliseconds } from '../../../device/wire/time.ts';

const dayMs = days(1);
const spanMs = 400 * dayMs;
const originMs = Date.UTC(2026, 0, 1);

export const anyTime: fc.Arbitrary<EpochMs> = fc
  .integer({ min: 0, max: spanMs })
  .map((ms) => epochMs(originMs + ms));

const anyEnd: fc.Arbitrary<EndOfLife> = fc.oneof(
  fc.constant({ kind: 'purge' as const }),
  fc.constant({ kind: 'preserve' as const }),
  fc
    .integer({ min: 0, max: 180 * dayMs })
    .map((ms) => ({ kind: 'grace' as const, graceMs: milliseconds(ms) })),
);

export const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    windowDays: fc.integer({ min: 1, max: 180 }),
    userDelete: anyEnd,
    accountClose: anyEnd,
    planLapse: anyEnd,
  })
  .map(({ windowDays, ...ends }) =>
    policySchema.parse({ ...ring2019, ...ends, clipWindowMs: days(windowDays) }),
  );

const maybe = (time: fc.Arbitrary<EpochMs>) => fc.option(time, { nil: null });

/** A stored clip with any of its deletions at any time after it was recorded. */
export const anyStoredClip: fc.Arbitrary<ClipFacts> = fc
  .record({
    recordedAt: anyTime,
    windowDays: fc.integer({ min: 1, max: 180 }),
    userDeletedAt: maybe(anyTime),
    accountClosedAt: maybe(anyTime),
    planLapsedAt: maybe(anyTime),
  })
  .map(({ windowDays, ...clip }) => ({
    ...clip,
    possession: 'stored' as const,
    expiresAt: later(clip.recordedAt, days(windowDays)),
    abandonedAt: null,
  }));

export const anyHolds: fc.Arbitrary<Holds> = fc.oneof(
  fc.constant({ readable: false as const }),
  fc.record({
    readable: fc.constant(true as const),
    holds: fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 3 }),
    leases: fc.array(fc.record({ lease: fc.string(), expiresAt: anyTime }), { maxLength: 2 }),
    graceUntil: maybe(anyTime),
  }),
);
