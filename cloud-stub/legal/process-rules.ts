/**
 * Kinds of legal process as rows of data, so that a lawyer can correct a row without touching code.
 * What the statute compels and what the provider's policy allows stand in columns of their own; the
 * answer to a demand is their intersection. [LEG-1]
 */
import { z } from 'zod';
import { days, type EpochMs, epochMs } from '../../device/wire/time.ts';
import { holdKinds, holdTerms } from '../custody/holds-policy.ts';

/** Basic subscriber information, other records without content, and content: clips, stills, sound. */
export const dataClasses = ['subscriber', 'non-content', 'content'] as const;
export type DataClass = (typeof dataClasses)[number];

/** The closed list of 18 USC 2703(c)(2)(A) to (F). */
export const subscriberFields = [
  'name',
  'address',
  'session-times',
  'service-length-and-types',
  'subscriber-number',
  'payment',
] as const;
export type SubscriberField = (typeof subscriberFields)[number];

export const processIds = [
  'owner-consent',
  'administrative-subpoena',
  'grand-jury-subpoena',
  'trial-subpoena',
  'court-order-2703d',
  'search-warrant',
  'emergency',
  'preservation-request',
  'non-disclosure-order',
  'national-security-letter',
  'fisa-order',
  'foreign-demand',
  'eu-production-order',
  'eu-preservation-order',
  'civil-subpoena',
  'live-intercept',
  'delayed-notice',
  'backup-preservation',
] as const;
export type ProcessId = (typeof processIds)[number];

export const issuerKinds = [
  'owner',
  'agency',
  'prosecutor',
  'grand-jury',
  'clerk',
  'attorney',
  'magistrate',
  'judge',
] as const;
export type IssuerKind = (typeof issuerKinds)[number];

/** The transparency report counts by these. [LOG-3] */
export const reportBuckets = [
  'search-warrants',
  'subpoenas',
  'court-orders',
  'emergency',
  'preservation',
  'national-security',
  'non-us',
  'civil',
  'owner-consent',
  'other',
] as const;
export type ReportBucket = (typeof reportBuckets)[number];

/** What the provider may move to quash or modify it for. */
export const motionGrounds = [
  'unusually-voluminous',
  'undue-burden',
  'unreasonable-or-oppressive',
] as const;
export type MotionGround = (typeof motionGrounds)[number];

/** The intake checks; what each is stands in intake-checks.ts. */
export const checkIds = [
  ...(['V01', 'V02', 'V03', 'V04', 'V05', 'V06', 'V07', 'V08', 'V09', 'V10'] as const),
  ...(['V11', 'V12', 'V13', 'V14', 'V15', 'V16', 'V17', 'V18', 'V19', 'V20'] as const),
] as const;
export type CheckId = (typeof checkIds)[number];

const perClass = <Cell extends z.ZodType>(cell: Cell) =>
  z.strictObject({ subscriber: cell, 'non-content': cell, content: cell });

export const grantsSchema = perClass(z.enum(['allow', 'deny']));
export type Grants = z.infer<typeof grantsSchema>;

/** Null: this kind of process is accepted. */
export const refusalSchema = z.enum(['out_of_jurisdiction', 'capability_absent']).nullable();
export type Refusal = z.infer<typeof refusalSchema>;

const count = (max: number) => z.int().min(0).max(max);
export const dateSchema = z.iso.date().transform((text): EpochMs => epochMs(Date.parse(text)));

export const basisSchema = z
  .array(
    z.strictObject({
      cite: z.string().min(1),
      confirmed: z.enum(['read', 'secondary', 'memory']),
    }),
  )
  .min(1);

/**
 * What the authority itself, not the provider, owes the subscriber: a notice so many days after it acted,
 * which may be put off so long at a time, and after which the subscriber has so many to go to a court.
 */
export const authorityNoticeSchema = z
  .strictObject({
    withinDays: count(365),
    delayDaysMax: count(365),
    challengeDays: count(365).nullable().default(null),
  })
  .nullable();

const rowSchema = z.strictObject({
  process: z.enum(processIds),
  jurisdiction: z.enum(['US', 'EU', 'any']),
  /** What obeying it does; `record`: nothing here, it is between the authority and the subscriber. */
  effect: z.enum(['disclose', 'preserve', 'withhold-notice', 'record']),
  /**
   * `read`: the primary text was read; otherwise it was taken from a secondary source or from
   * memory, and is to be confirmed before anyone relies on it.
   */
  basis: basisSchema,
  /**
   * The statute. `may`: it permits, or it compels only under conditions that a row cannot judge.
   */
  compels: perClass(z.enum(['must', 'may', 'never'])),
  /** The most of subscriber information that it reaches. */
  subscriberFields: z.array(z.enum(subscriberFields)),
  /** The provider's own line, where its profile draws no other (legal-policy.ts). */
  policy: grantsSchema,
  /** Whether the provider refuses this kind of process altogether, and as what. */
  refusedAs: refusalSchema,
  /** Who may issue it: for subscriber information, and for anything beyond. */
  issuers: z.strictObject({
    subscriber: z.array(z.enum(issuerKinds)),
    beyond: z.array(z.enum(issuerKinds)),
  }),
  /** The intake checks that bind; the others are recorded as not applicable. [LEG-3] */
  requires: z.array(z.enum(checkIds)).min(1),
  captures: z.enum(['snapshot', 'continuing', 'none']),
  /** To the owner, of the disclosure; `delayDays` after it is due. [LEG-6] */
  notice: z.strictObject({ when: z.enum(['before', 'after', 'none']), delayDays: count(365) }),
  authorityNotice: authorityNoticeSchema,
  /** What can suspend the notice, and for how long at most. */
  gag: z.strictObject({
    accepts: z.enum(['court-order', 'statutory', 'none']),
    maxDays: count(365),
  }),
  /** From signature to receipt; null: it does not go stale. */
  validDays: count(365).nullable(),
  /** The hold it rests on; `days` null: until released. Custody's terms, which must agree. */
  hold: z
    .strictObject({
      kind: z.enum(holdKinds),
      days: count(365).nullable(),
      renewals: count(9),
    })
    .nullable(),
  /** For the answer; `stated`: the document says. */
  deadline: z.strictObject({
    stated: z.boolean(),
    hours: count(8760).nullable(),
    emergencyHours: count(8760).nullable(),
  }),
  /** Of what left without process: process for the same comes within so many days, or that is on record. */
  followUpDays: count(365).nullable().default(null),
  /** The grounds on which the provider may ask the court to quash or modify it; none: the law names none. */
  motions: z.array(z.enum(motionGrounds)).default([]),
  /** For an area in place of devices or accounts: two reviewers and a lawyer look at it, or it is refused. [LEG-8] */
  area: z.enum(['counsel', 'refused']).default('counsel'),
  /** How many people approve before anything leaves, reviewer and custodian not counted. */
  approvals: count(3),
  /** The bucket of the transparency report. */
  reportAs: z.enum(reportBuckets),
  /** From the first (inclusive) to the second (exclusive), UTC; null: still in force. */
  effectiveFrom: dateSchema,
  effectiveTo: dateSchema.nullable(),
});

export type ProcessRow = z.input<typeof rowSchema>;
export type ProcessRule = z.infer<typeof rowSchema>;

/** Rows that contradict themselves, custody's terms, or one another are refused by name. */
export const processRulesSchema = z.array(rowSchema).superRefine((rules, context) => {
  const fault = (index: number, field: keyof ProcessRule, message: string) =>
    context.addIssue({ code: 'custom', path: [index, field], message });
  rules.forEach((rule, index) => {
    const { hold, compels, policy, issuers } = rule;
    if (hold !== null) {
      const { term, renewalsMax, capture } = holdTerms[hold.kind];
      const isSame =
        (hold.days === null ? term === null : term === days(hold.days)) &&
        hold.renewals === renewalsMax;
      if (!isSame) fault(index, 'hold', `custody's terms of ${hold.kind} differ`);
      if (rule.captures !== capture) fault(index, 'captures', `custody says ${capture}`);
    } else if (rule.captures !== 'none') fault(index, 'captures', 'captures without a hold');
    for (const each of dataClasses) {
      const isPossible = compels[each] !== 'never';
      if (!isPossible && policy[each] === 'allow') {
        fault(index, 'policy', `allows ${each}, which the statute does not reach`);
      }
      const who = each === 'subscriber' ? issuers.subscriber : issuers.beyond;
      if (isPossible && who.length === 0) fault(index, 'issuers', `nobody can issue for ${each}`);
    }
    const isTwice = rules.some(
      (other, at) => at > index && other.process === rule.process && isOverlapping(other, rule),
    );
    if (isTwice) fault(index, 'effectiveFrom', `another row of ${rule.process} is then in force`);
  });
});

export type ProcessRulesReading =
  | { readonly ok: true; readonly rules: readonly ProcessRule[] }
  | { readonly ok: false; readonly because: string };

export function readProcessRules(rows: unknown): ProcessRulesReading {
  const parsed = processRulesSchema.safeParse(rows);
  return parsed.success
    ? { ok: true, rules: parsed.data }
    : { ok: false, because: z.prettifyError(parsed.error) };
}

/** The row in force when a demand was received; null: there was no such process. */
export const ruleInForce = (
  rules: readonly ProcessRule[],
  process: ProcessId,
  receivedAt: EpochMs,
): ProcessRule | null =>
  rules.find(
    (rule) =>
      rule.process === process &&
      rule.effectiveFrom <= receivedAt &&
      (rule.effectiveTo === null || receivedAt < rule.effectiveTo),
  ) ?? null;

type Effective = Pick<ProcessRule, 'effectiveFrom' | 'effectiveTo'>;
const isOverlapping = (a: Effective, b: Effective): boolean =>
  a.effectiveFrom < (b.effectiveTo ?? Number.POSITIVE_INFINITY) &&
  b.effectiveFrom < (a.effectiveTo ?? Number.POSITIVE_INFINITY);
