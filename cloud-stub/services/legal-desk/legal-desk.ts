/**
 * The legal desk: what its people, agencies and owners may ask of it. Every method is asked on
 * behalf of somebody, tells why it refuses, and puts each refusal on record. [LEG-5]
 */
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import type { HoldKind } from '../../custody/holds-policy.ts';
import type { Need } from '../../legal/approvals.ts';
import type { Outcome } from '../../legal/decision.ts';
import type { Filter, OwnerConsent } from '../../legal/demand.ts';
import type { FollowUp } from '../../legal/follow-up.ts';
import type { CheckResult } from '../../legal/intake-checks.ts';
import type { ItemDecision } from '../../legal/item-decision.ts';
import type { PerClass } from '../../legal/item-tally.ts';
import type { Stage } from '../../legal/matter.ts';
import type { ActRefusal, Part } from '../../legal/matter-acts.ts';
import type { Deadline } from '../../legal/matter-deadlines.ts';
import type { NoticeState } from '../../legal/notices.ts';
import type { Modification } from '../../legal/order-motions.ts';
import type { CheckId, DataClass, ProcessId } from '../../legal/process-rules.ts';
import type { Reason } from '../../legal/reasons.ts';
import type { ExportFacts, OpenBag } from '../exports/exports.ts';
import type { DeskHolds } from './desk-holds.ts';
import type { Motion } from './legal-desk-motions.ts';
import type { Principal } from './principals.ts';
import type { ServedFile } from './served-documents.ts';

export type DeskRefusal =
  | ActRefusal
  | 'no-such-demand'
  /** The registry of holds refuses: `detail` says as what. */
  | 'hold'
  /** The form does not hold; `invalid` says where. */
  | 'malformed'
  | 'document'
  /** The law names no motion against it, or not on that ground. */
  | 'no-motion'
  /** The agency has too many demands that are not decided. */
  | 'too-many'
  /** The notice before disclosure is neither sent nor silenced. [LEG-6] */
  | 'owner-not-told'
  /** The owner was told, and may still challenge before anything leaves. [LEG-6] */
  | 'time-to-challenge'
  /** Footage went meanwhile, a lease ran out, the seal failed: `detail` says which. */
  | 'export'
  /** This cloud was started without what seals a bag. */
  | 'no-export';

export type DeskAnswer<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false;
      readonly because: DeskRefusal;
      readonly detail: string;
      readonly invalid?: readonly { readonly where: string; readonly because: string }[];
    };

export type LegalDesk = {
  /** `form`: of demand-form.ts, not yet checked. */
  submit(by: Principal, form: unknown, document: ServedFile): Promise<DeskAnswer<AgencyMatter>>;
  /** The clerk's: what only a person can tell of the paper. All checks are made anew. [LEG-3] */
  takeIn(by: Principal, demand: Ulid, found: ClerkFindings): Promise<DeskAnswer<DeskMatter>>;
  /** The sender's answer to a question: the whole form again, with a new paper or the old one. */
  answer(
    by: Principal,
    demand: Ulid,
    form: unknown,
    document: ServedFile | null,
  ): Promise<DeskAnswer<AgencyMatter>>;
  /** `seen`: the matter's version the person has read. */
  review(by: Principal, demand: Ulid, found: ReviewInput): Promise<DeskAnswer<DeskMatter>>;
  /** Counsel's opinion, of the same shape. [LEG-8] */
  advise(by: Principal, demand: Ulid, found: ReviewInput): Promise<DeskAnswer<DeskMatter>>;
  refuse(
    by: Principal,
    demand: Ulid,
    why: { readonly seen: number; readonly reason: Reason },
  ): Promise<DeskAnswer<DeskMatter>>;
  approve(
    by: Principal,
    demand: Ulid,
    what: { readonly seen: number },
  ): Promise<DeskAnswer<DeskMatter>>;
  liftSilence(by: Principal, demand: Ulid): Promise<DeskAnswer<DeskMatter>>;
  /** The custodian leases what was released, and seals it. Asked again, it goes on. */
  seal(by: Principal, demand: Ulid): Promise<DeskAnswer<DeskMatter>>;
  /** The sealed bag is handed over: from now on the agency can read it. */
  deliver(by: Principal, demand: Ulid): Promise<DeskAnswer<DeskMatter>>;
  withdraw(by: Principal, demand: Ulid): Promise<DeskAnswer<AgencyMatter>>;
  endChallenge(by: Principal, demand: Ulid, how: ChallengeEnd): Promise<DeskAnswer<DeskMatter>>;
  /** Counsel asks the court, for the provider, to quash or modify it. */
  move(by: Principal, demand: Ulid, motion: Motion): Promise<DeskAnswer<DeskMatter>>;

  /** From now on no demand comes in under this number. False: not an agency's to close. */
  closeCase(by: Principal, caseNumber: string): Promise<boolean>;

  /** Newest first. An agency's people see their agency's, the desk and auditors all. */
  list(by: Principal, query: DemandQuery): Promise<DemandPage>;
  /** The agency's own view of its own matter; null: there is none for it. */
  showAgency(by: Principal, demand: Ulid): Promise<AgencyMatter | null>;
  show(by: Principal, demand: Ulid): Promise<DeskMatter | null>;
  /** The decision item by item; an agency sees what it may know to be withheld, and no more. */
  items(by: Principal, demand: Ulid, page: ItemQuery): Promise<ItemPage | null>;
  document(by: Principal, demand: Ulid): Promise<ServedFile | null>;
  /** The delivered bag, for the agency it was delivered to; or the sealed one, for the custodian. */
  openBag(by: Principal, demand: Ulid): Promise<OpenBag | null>;

  /** The owner's side. What is silenced or foreign is as what never was. [DEL-4] */
  notices(account: AccountId): Promise<readonly OwnerNotice[]>;
  challenge(account: AccountId, notice: Ulid, because: string): Promise<boolean>;
  /** What is left of the time to challenge need not be waited for. */
  waiveChallenge(account: AccountId, notice: Ulid): Promise<boolean>;
  consent(account: AccountId, demand: Ulid, consent: ConsentInput): Promise<boolean>;
  revokeConsent(account: AccountId, demand: Ulid): Promise<boolean>;

  /** Holds as the desk's people handle them. */
  readonly holds: DeskHolds;

  /** Does what is due: notices, questions that lapsed, answers that are late. */
  look(): Promise<void>;
  stop(): Promise<void>;
};

export type ClerkFindings = {
  readonly pages: number;
  readonly attachmentsMissing: readonly string[];
  /** Of the filters asked for, in their order, what kind each is. */
  readonly filters: readonly Filter['kind'][];
  /** Of an emergency. */
  readonly callBack: 'passed' | 'failed' | 'not-made';
  /** Whether the order of silence itself names this process. */
  readonly silenceNamesProcess: boolean;
};

export type ChallengeEnd = {
  readonly upheld: boolean;
  /** Of a motion of the provider's: what is left of the demand. */
  readonly modified?: Modification;
};

export type ReviewInput = {
  readonly seen: number;
  readonly narrow?: readonly string[];
  readonly confirm?: readonly string[];
  readonly clear?: readonly CheckId[];
};
export type ConsentInput = Pick<OwnerConsent, 'clips' | 'classes'>;

export type DemandQuery = {
  readonly stage?: Stage;
  readonly after?: Ulid;
  readonly limit: number;
};
export type DemandSummary = {
  readonly demand: Ulid;
  readonly process: ProcessId;
  readonly agency: string;
  readonly caseNumber: string | null;
  readonly receivedAt: EpochMs;
  readonly stage: Stage;
};
export type DemandPage = {
  readonly items: readonly DemandSummary[];
  readonly next: Ulid | null;
};

export type ItemQuery = { readonly after?: string; readonly limit: number };
export type ItemPage = { readonly items: readonly ItemDecision[]; readonly next: string | null };

/** What an agency may see of its own matter. */
export type AgencyMatter = DemandSummary & {
  readonly documentSha256: string;
  readonly classes: readonly DataClass[];
  readonly question: { readonly reason: Reason; readonly dueAt: EpochMs } | null;
  readonly outcome: Outcome | null;
  readonly decidedAt: EpochMs | null;
  readonly released: PerClass | null;
  readonly answerDueAt: EpochMs | null;
  readonly deliveredAt: EpochMs | null;
  /** What else is on record of the same paper. */
  readonly challenged: boolean;
  /** The process that has to follow what left without; null: none has to. */
  readonly followUp: FollowUp | null;
  /** By when the agency owes the subscriber a notice of its own; null: it owes none, or not yet. */
  readonly authorityNoticeBy: EpochMs | null;
};

export type DeskMatter = AgencyMatter & {
  /** Shown with every review and approval. */
  readonly version: number;
  readonly sender: string;
  readonly things: readonly ThingName[];
  readonly accounts: readonly AccountId[];
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  readonly area: string | null;
  readonly checks: readonly CheckResult[];
  /** Who has which part. */
  readonly people: readonly { readonly principal: string; readonly part: Part }[];
  /** Whose word is still missing; empty when it is decided. */
  readonly needs: readonly Need[];
  readonly withheld: PerClass | null;
  readonly holds: readonly {
    readonly hold: Ulid;
    readonly kind: HoldKind;
    readonly ended: boolean;
  }[];
  readonly notice: NoticeState;
  /** Nothing leaves before, unless every owner who was told has answered. */
  readonly challengeBy: EpochMs | null;
  readonly deadlines: readonly Deadline[];
  readonly export: ExportFacts | null;
};

export type OwnerNotice = {
  readonly notice: Ulid;
  readonly sentAt: EpochMs;
  readonly process: ProcessId;
  readonly agency: string;
  readonly caseNumber: string | null;
  /** How many of the owner's items leave, or left, by class. */
  readonly released: PerClass;
  readonly disclosedAt: EpochMs | null;
  /** Until then nothing leaves, unless the owner waives it; null: there is no such time. */
  readonly challengeBy: EpochMs | null;
  readonly challenged: boolean;
  /** Of what left without process: by when process has to come. Whether it came may be silenced. [DEL-4] */
  readonly followUpDueAt: EpochMs | null;
};
