/** What of holds is law, the same under every profile, and what is a profile's own number. */
import { z } from 'zod';
import { type DurationMs, days, milliseconds, minutes } from '../../device/wire/time.ts';

export const holdKinds = [
  'intake',
  'preservation-request',
  'search-warrant',
  'court-order',
  'litigation',
  'eu-preservation',
  'backup-preservation',
] as const;
export type HoldKind = (typeof holdKinds)[number];

/**
 * `snapshot` covers what is possessed when the hold is placed; `continuing` also what is stored
 * later. [HLD-3]
 */
export type Capture = 'snapshot' | 'continuing';

export type HoldTerm = {
  readonly capture: Capture;
  /** Null: until it is released. `policy`: the profile's intake term. */
  readonly term: DurationMs | 'policy' | null;
  readonly renewalsMax: number;
  readonly renewalMs: DurationMs;
};

const untilReleased = { term: null, renewalsMax: 0, renewalMs: milliseconds(0) } as const;

export const holdTerms: Readonly<Record<HoldKind, HoldTerm>> = {
  // Between the receipt of a demand and its review. [HLD-4]
  intake: {
    capture: 'snapshot',
    term: 'policy',
    renewalsMax: 0,
    renewalMs: milliseconds(0),
  },
  // "For a period of 90 days, which shall be extended for an additional 90-day period upon a
  // renewed request": 18 USC 2703(f)(2). It reaches records "in its possession". [HLD-5]
  'preservation-request': {
    capture: 'snapshot',
    term: days(90),
    renewalsMax: 1,
    renewalMs: days(90),
  },
  'search-warrant': { capture: 'snapshot', ...untilReleased },
  'court-order': { capture: 'continuing', ...untilReleased },
  litigation: { capture: 'continuing', ...untilReleased },
  // "A backup copy of the contents" there are, not to be destroyed before its delivery or the end of the proceedings:
  // 18 USC 2704(a)(1) and (3).
  'backup-preservation': { capture: 'snapshot', ...untilReleased },
  // Regulation (EU) 2023/1543, article 11: 60 days, extended by 30; of data stored already. Once
  // production is confirmed it lasts as long as needed: then a hold of the production replaces it.
  'eu-preservation': {
    capture: 'snapshot',
    term: days(60),
    renewalsMax: 1,
    renewalMs: days(30),
  },
};

const length = (min: DurationMs, max: DurationMs) =>
  z
    .int()
    .min(min)
    .max(max)
    .transform((ms) => ms as DurationMs);

/** The longest after which footage that nothing holds any more must be gone. */
const graceMsMax = days(90);
const grace = length(days(0), graceMsMax);

export const holdPolicySchema = z.strictObject({
  /** How long a demand that is not reviewed yet protects what it names. [HLD-4] */
  intakeMs: length(days(1), days(30)),
  /**
   * How long footage past its end outlives the release of its last hold, by the hold's kind. An
   * intake hold has none: what was rejected at the door lengthens nothing. [HLD-7]
   */
  graceMs: z.strictObject({
    'preservation-request': grace,
    'search-warrant': grace,
    'court-order': grace,
    litigation: grace,
    'eu-preservation': grace,
    'backup-preservation': grace,
  }),
  /** An export at work keeps what it copies. */
  lease: z
    .strictObject({
      /** Without a sign of life it ends after this. */
      termMs: length(minutes(1), days(7)),
      /** Whatever signs of life there are. */
      totalMsMax: length(minutes(1), days(30)),
    })
    .refine(({ termMs, totalMsMax }) => termMs <= totalMsMax, {
      error: 'a lease lasts at least one term',
    }),
});
export type HoldPolicy = z.infer<typeof holdPolicySchema>;

export const graceOf = (kind: HoldKind, policy: HoldPolicy): DurationMs =>
  kind === 'intake' ? milliseconds(0) : policy.graceMs[kind];
