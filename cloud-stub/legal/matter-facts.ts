/**
 * What stands in the facts of the ledger's entries on matters of law: the least that the
 * transparency report and an auditor rely on. Who writes an entry may add facts. A person or an
 * agency stands in it by pseudonym only, numbers stand for whom a demand names. [LOG-2] [LOG-3]
 */
import { z } from 'zod';
import { ulidSchema } from '../../device/wire/ids.ts';
import { holdKinds } from '../custody/holds-policy.ts';
import { checkIds, dataClasses, processIds, reportBuckets } from './process-rules.ts';
import { reasons } from './reasons.ts';

const count = z.int().nonnegative();
const instant = z.int().positive();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** `role:pseudonym`, as an entry's actor. */
const pseudonym = z.string().regex(/^[a-z][a-z-]*(:[0-9a-f]{32})?$/);
const perClass = z.strictObject({ subscriber: count, 'non-content': count, content: count });

export const outcomeCodes = [
  ...(['FULL', 'PARTIAL', 'NO_RECORDS', 'REJECTED', 'CLARIFY'] as const),
  ...(['WITHDRAWN', 'QUASHED', 'CHALLENGED', 'SUPERSEDED'] as const),
] as const;
export type OutcomeCode = (typeof outcomeCodes)[number];

export const matterFacts = {
  'demand-received': z.looseObject({
    demand: ulidSchema,
    process: z.enum(processIds),
    /** As its row said when it was received. */
    reportAs: z.enum(reportBuckets),
    agency: pseudonym,
    classes: z.array(z.enum(dataClasses)),
    accountsNamed: count,
    devicesNamed: count,
    /** Null: no document came with it. */
    documentSha256: hash.nullable(),
  }),
  'intake-checked': z.looseObject({
    demand: ulidSchema,
    /** Every check, each with its outcome. [LEG-3] */
    checks: z.array(z.looseObject({ check: z.enum(checkIds), outcome: z.string() })),
  }),
  'demand-reviewed': z.looseObject({ demand: ulidSchema }),
  'demand-approved': z.looseObject({ demand: ulidSchema, as: z.string() }),
  /** The answer; the last one before the end of a period counts. */
  'demand-decided': z.looseObject({
    demand: ulidSchema,
    outcome: z.enum(outcomeCodes),
    /** Why in part, rejected or asked; empty otherwise. */
    reasons: z.array(z.enum(reasons)),
    /** Items that leave. */
    released: perClass,
  }),
  /** Beside it, and not in the bag: the sender may not know what there is of a class it did not get. [LEG-2] */
  'demand-weighed': z.looseObject({
    demand: ulidSchema,
    /** Items in scope that do not leave. */
    withheld: perClass,
  }),
  /** Nothing more happens in the matter. */
  'demand-closed': z.looseObject({ demand: ulidSchema }),
  'hold-placed': z.looseObject({
    hold: ulidSchema,
    kind: z.enum(holdKinds),
    /** The demand or order it rests on. */
    basis: ulidSchema,
    /** Null: until it is released. */
    expiresAt: instant.nullable(),
    /** In ledgers from before it stood in `hold-reached`. */
    ownerDeleted: count.optional(),
  }),
  /** Beside it, and not in the bag: a hold reaches more than its sender gets. [LEG-2] */
  'hold-reached': z.looseObject({
    hold: ulidSchema,
    /** Clips it attached to; of those, how many their owner had deleted. [HLD-2] */
    clips: count,
    ownerDeleted: count,
  }),
  'hold-renewed': z.looseObject({ hold: ulidSchema, expiresAt: instant }),
  'hold-ended': z.looseObject({
    hold: ulidSchema,
    because: z.enum(['released', 'rejected', 'converted', 'lapsed']),
  }),
  /** Placed too late, or not to be renewed. [HLD-6] [HLD-7] */
  'hold-refused': z.looseObject({ basis: ulidSchema, because: z.string() }),
  /** From when the owner may not be told; `until` null: until a court lifts it. [LEG-6] */
  'silence-began': z.looseObject({
    demand: ulidSchema,
    by: z.enum(['court-order', 'statute']),
    from: instant,
    until: instant.nullable(),
  }),
  'silence-ended': z.looseObject({ demand: ulidSchema, because: z.enum(['expired', 'lifted']) }),
  'notice-sent': z.looseObject({
    demand: ulidSchema,
    /** Before or after anything left. */
    when: z.enum(['before', 'after']),
  }),
  /** Process came after what had left without. */
  'emergency-followed': z.looseObject({
    demand: ulidSchema,
    process: ulidSchema,
    suffices: z.boolean(),
  }),
  /** None came by its day. */
  'emergency-unfollowed': z.looseObject({ demand: ulidSchema }),
  'export-leased': z.looseObject({ export: ulidSchema, demand: ulidSchema, items: count }),
  'export-sealed': z.looseObject({
    export: ulidSchema,
    demand: ulidSchema,
    items: count,
    /** Of the bag's tag manifest, which covers every file. [EXP-1] */
    tagManifestSha256: hash,
  }),
  'export-delivered': z.looseObject({ export: ulidSchema, demand: ulidSchema }),
  'export-purged': z.looseObject({ export: ulidSchema }),
} as const;

export type MatterKind = keyof typeof matterFacts;
export type MatterFacts<Kind extends MatterKind> = z.input<(typeof matterFacts)[Kind]>;

export const isMatterKind = (kind: string): kind is MatterKind => Object.hasOwn(matterFacts, kind);
