/** What can happen in a matter. Steps are facts on record: they are never changed. */
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { HoldKind } from '../custody/holds-policy.ts';
import type { ApprovalRole } from './approvals.ts';
import type { Outcome } from './decision.ts';
import type { Demand, OwnerConsent } from './demand.ts';
import type { CheckResult } from './intake-checks.ts';
import type { PerClass } from './item-tally.ts';
import type { Silence } from './notices.ts';
import type { Modification } from './order-motions.ts';
import type { CheckId, MotionGround } from './process-rules.ts';
import type { Reason } from './reasons.ts';

export type ReviewFindings = {
  readonly narrowed: readonly string[];
  readonly confirmed: readonly string[];
  readonly cleared: readonly CheckId[];
};

export type DecidedItems = { readonly released: PerClass; readonly withheld: PerClass };

type StepFacts =
  | {
      readonly name: 'received';
      readonly demand: Demand;
      /** The date in the paper; null: it states none. */
      readonly returnBy: EpochMs | null;
      /** The demand whose notice a non-disclosure order silences. */
      readonly silences: Ulid | null;
      /** The emergency that this process follows; not in steps from before there was such. */
      readonly follows?: Ulid | null;
      readonly checks: readonly CheckResult[];
    }
  /** What only a person can tell of the paper, and the checks anew. */
  | { readonly name: 'taken-in'; readonly demand: Demand; readonly checks: readonly CheckResult[] }
  | { readonly name: 'asked'; readonly reason: Reason; readonly dueAt: EpochMs }
  | {
      readonly name: 'answered';
      readonly demand: Demand;
      readonly returnBy: EpochMs | null;
      readonly checks: readonly CheckResult[];
    }
  | ({ readonly name: 'reviewed'; readonly as: ApprovalRole } & ReviewFindings)
  | { readonly name: 'approved' }
  | {
      readonly name: 'decided';
      readonly outcome: Outcome;
      readonly items: DecidedItems;
      /** The version whose records were looked at; null: none were. */
      readonly round: number | null;
    }
  /** What was to leave is no more: the answer is given anew. */
  | { readonly name: 'reopened' }
  | { readonly name: 'hold-placed'; readonly hold: Ulid; readonly kind: HoldKind }
  | { readonly name: 'hold-ended'; readonly hold: Ulid }
  | { readonly name: 'consented'; readonly consent: OwnerConsent }
  | { readonly name: 'consent-revoked' }
  | { readonly name: 'silenced'; readonly order: Ulid; readonly silence: Silence }
  | { readonly name: 'silence-lifted' }
  /** To the accounts whose records leave. */
  | { readonly name: 'notice-sent'; readonly accounts: readonly string[] }
  /** The owner, told, needs no more time. */
  | { readonly name: 'challenge-waived' }
  /** The custodian took the list of what leaves, and its lease. [EXP-4] */
  | { readonly name: 'leased'; readonly export: Ulid }
  | { readonly name: 'sealed' }
  | { readonly name: 'delivered' }
  | { readonly name: 'challenged'; readonly because: string }
  /** The provider asks the court to quash or modify it. */
  | { readonly name: 'moved'; readonly ground: MotionGround; readonly because: string }
  /** `modified`: it was neither quashed nor left as it was. */
  | {
      readonly name: 'challenge-ended';
      readonly upheld: boolean;
      readonly modified?: Modification;
    }
  | { readonly name: 'withdrawn' }
  | { readonly name: 'superseded'; readonly by: Ulid }
  | { readonly name: 'overdue' }
  /** The process that had to follow was granted; or did not come by its day. */
  | { readonly name: 'followed'; readonly process: Ulid }
  | { readonly name: 'unfollowed' };

/** `by` is a principal, or what acts without one: `desk`. */
export type MatterStep = { readonly at: EpochMs; readonly by: string } & StepFacts;
