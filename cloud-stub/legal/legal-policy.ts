/** What a profile adds to the rows: its own column of policy, and the numbers of its legal desk. */
import { z } from 'zod';
import {
  type Grants,
  grantsSchema,
  type ProcessId,
  type ProcessRule,
  processIds,
  type Refusal,
  refusalSchema,
} from './process-rules.ts';

const count = (max: number) => z.int().min(1).max(max);

export const legalPolicySchema = z.strictObject({
  /** The profile of custody that it goes with. */
  name: z.string().min(1).max(64),
  /** In place of a row's own policy column. */
  grants: z.partialRecord(
    z.enum(processIds),
    z.strictObject({ policy: grantsSchema, refusedAs: refusalSchema }),
  ),
  /** A longer range, or more devices, goes to a person. V09 */
  hoursMax: count(8760),
  devicesMax: count(1000),
  /** How old the facts of an emergency may be. V16 */
  emergencyHoursMax: count(168),
  /** How long a question to the sender stays open, from its asking. */
  clarifyDays: count(90),
  /** From the notice to the disclosure, so that the owner can go to a court first. [LEG-6] */
  challengeDays: z.int().min(0).max(90),
});
export type LegalPolicy = z.infer<typeof legalPolicySchema>;

/** The column of policy in force. A profile narrows or widens it; the statute stays. [LEG-1] */
export function policyOf(
  rule: ProcessRule,
  { grants }: LegalPolicy,
): { readonly policy: Grants; readonly refusedAs: Refusal } {
  const { policy, refusedAs } = grants[rule.process] ?? rule;
  return { policy, refusedAs };
}

const numbers = {
  hoursMax: 48,
  devicesMax: 3,
  emergencyHoursMax: 24,
  clarifyDays: 14,
  // No provider's term is known; a customer has 14 days against a backup by 18 USC 2704(b)(1).
  challengeDays: 14,
} as const;
const all = { subscriber: 'allow', 'non-content': 'allow', content: 'allow' } as const;
const none = { subscriber: 'deny', 'non-content': 'deny', content: 'deny' } as const;

const american: readonly ProcessId[] = [
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
  'civil-subpoena',
  'delayed-notice',
  'backup-preservation',
];

export const legalPolicies: ReadonlyMap<string, LegalPolicy> = new Map(
  [
    // The rows are written as the provider of 2019 published its lines.
    { name: 'ring-2019', grants: {}, ...numbers },
    {
      name: 'privacy-first',
      grants: {
        // The statute only permits these. Content leaves on a judge's word or the owner's.
        emergency: { policy: { ...none, subscriber: 'allow' }, refusedAs: null },
        'civil-subpoena': { policy: none, refusedAs: null },
      },
      ...numbers,
      // An evening at one door.
      hoursMax: 12,
      devicesMax: 1,
      // As long as a defendant has to answer a complaint: Federal Rules of Civil Procedure, 12(a).
      challengeDays: 21,
    },
    {
      name: 'eu',
      grants: {
        'eu-production-order': { policy: all, refusedAs: null },
        'eu-preservation-order': { policy: none, refusedAs: null },
        // GDPR article 48: a third country's paper is no ground by itself.
        ...Object.fromEntries(
          american.map((each) => [each, { policy: none, refusedAs: 'out_of_jurisdiction' }]),
        ),
      },
      ...numbers,
      // All the time there is for a European production order: Regulation (EU) 2023/1543, article 10.
      challengeDays: 10,
    },
  ].map((each) => [each.name, legalPolicySchema.parse(each)]),
);

/** A profile of the user's own goes with the provider's lines as the rows have them. */
export const legalPolicyFor = (profile: string): LegalPolicy =>
  legalPolicies.get(profile) ?? { name: profile, grants: {}, ...numbers };
