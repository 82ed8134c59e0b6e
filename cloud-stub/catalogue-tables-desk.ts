/** The catalogue's tables of the legal desk: people, demands and what became of them. */
import type { ThingName, Ulid } from '../device/wire/ids.ts';
import type { EpochMs } from '../device/wire/time.ts';
import type { AccountId, Flag, Json } from './catalogue-tables.ts';

export type DeskTables = {
  agencies: AgencyRow;
  closedCases: ClosedCaseRow;
  principals: PrincipalRow;
  principalTokens: PrincipalTokenRow;
  demands: DemandRow;
  demandSteps: DemandStepRow;
  documents: DocumentRow;
  decisionItems: DecisionItemRow;
  notices: NoticeRow;
};

export type AgencyRow = {
  agency: Ulid;
  name: string;
  /** JSON, the domains its people answer from. */
  domains: Json;
  /** A regular expression that its case numbers match whole, of the form that legal/case-numbers.ts takes. */
  caseNumbers: string;
  /** Verified out of band, by whom; null: what it says of itself counts for nothing. */
  verifiedAt: EpochMs | null;
  verifiedBy: Ulid | null;
};

export type ClosedCaseRow = { agency: Ulid; caseNumber: string; closedAt: EpochMs };

export type PrincipalRow = {
  principal: Ulid;
  name: string;
  /** JSON, of legal/roles.ts. */
  roles: Json;
  agency: Ulid | null;
  /** Of a shared user: whose footage it may see. */
  account: AccountId | null;
  secondFactor: Flag;
  addedAt: EpochMs;
  revokedAt: EpochMs | null;
};

/** Bearer tokens, only their SHA-256. */
export type PrincipalTokenRow = {
  tokenHash: string;
  principal: Ulid;
  issuedAt: EpochMs;
  expiresAt: EpochMs | null;
};

/** What lists of demands need; all else is the fold of its steps. */
export type DemandRow = {
  demand: Ulid;
  agency: Ulid;
  sender: Ulid;
  process: string;
  caseNumber: string | null;
  documentSha256: string;
  receivedAt: EpochMs;
  stage: string;
  steps: number;
  /** When the desk looks at it again by itself; null: not unless somebody acts. */
  lookAt: EpochMs | null;
};

export type DemandStepRow = {
  demand: Ulid;
  step: number;
  at: EpochMs;
  name: string;
  /** JSON, a MatterStep of legal/matter.ts. */
  facts: Json;
};

export type DocumentRow = {
  sha256: string;
  mediaType: string;
  sizeBytes: number;
  receivedAt: EpochMs;
  bytes: Uint8Array;
};

/** One record that a decision looked at. `round`: the version of the matter that was decided on. */
export type DecisionItemRow = {
  demand: Ulid;
  round: number;
  key: string;
  class: string;
  /** Of content and of a device's records. */
  thing: ThingName | null;
  clip: Ulid | null;
  account: AccountId | null;
  inScope: Flag;
  released: Flag;
  because: string;
  edge: Flag;
  decryptable: Flag;
};

/** To an owner whose records leave. Shown to the owner once it is sent, and not before. [LEG-6] */
export type NoticeRow = {
  notice: Ulid;
  demand: Ulid;
  account: AccountId;
  sentAt: EpochMs | null;
  /** When the notifier took it; null: it is tried again. */
  toldAt: EpochMs | null;
};
