/**
 * A demand as the legal desk took it down: what the paper says, and how it came. Facts only; what
 * follows from them is in intake-checks.ts and decision.ts. Nothing here tells how an owner answered
 * any voluntary request, so no outcome can depend on it. [LEG-7]
 */
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { ClipName } from '../custody/holds.ts';
import type { Scope } from '../custody/holds-scope.ts';
import type { DataClass, IssuerKind, ProcessId } from './process-rules.ts';

export type Demand = {
  readonly demand: Ulid;
  readonly process: ProcessId;
  /** Of the demand: the row in force and what is held go by it, whatever is answered later. [HLD-4] */
  readonly receivedAt: EpochMs;
  readonly sender: Sender;
  /** The legal person it is addressed to, as written. */
  readonly servedOn: string;
  /** Null: the paper names none. */
  readonly issuer: Issuer | null;
  readonly signedAt: EpochMs | null;
  readonly scope: DemandScope;
  readonly classes: readonly DataClass[];
  readonly document: ServedDocument;
  /** Null: the owner may be told. */
  readonly silence: SilenceClaim | null;
  readonly returnAddress: string;
  readonly caseNumber: string | null;
  /** The hold it asks to renew. */
  readonly renews: Ulid | null;
  readonly filters: readonly Filter[];
  /** Only of an emergency. */
  readonly emergency: EmergencyClaim | null;
  /** Only of an owner's consent. */
  readonly consent: OwnerConsent | null;
  /** What has become of it since, outside this desk. */
  readonly standing: 'open' | 'withdrawn' | 'quashed' | 'challenged' | 'superseded';
};

export type Sender = {
  /** The portal account; it is the requester. [LEG-5] */
  readonly principal: string;
  readonly agency: string;
  /** Verified out of band, not by what the sender says of itself. */
  readonly agencyVerified: boolean;
  readonly secondFactor: boolean;
};

export type Issuer = {
  readonly kind: IssuerKind;
  readonly name: string;
  readonly title: string;
  /** Court, grand jury or agency. */
  readonly body: string;
  readonly jurisdiction: string;
};

export type DemandScope = Scope & {
  /** The zone in which the paper states its times; null: it does not say. */
  readonly timeZone: string | null;
  /** An area, as written, in place of devices or accounts. [LEG-8] */
  readonly area: string | null;
  /** Devices that the paper itself says are indoors. */
  readonly indoor: readonly string[];
};

export type ServedDocument = {
  /** When a paper issued anew came, in answer to a question; null: it is the demand's first. */
  readonly reissuedAt: EpochMs | null;
  /** Null: it was not recorded. */
  readonly sha256: string | null;
  readonly pages: number;
  /** As its own footer or index says. */
  readonly pagesDeclared: number;
  readonly attachmentsMissing: readonly string[];
};

/** A claim that the owner must not be told. */
export type SilenceClaim = {
  readonly by: 'court-order' | 'statute' | 'letter';
  /** Whether the order itself names this process. */
  readonly namesProcess: boolean;
  readonly from: EpochMs;
  readonly expiresAt: EpochMs | null;
};

/** What the sender wants picked out, beyond devices and time. */
export type Filter = {
  readonly wanted: string;
  /** As the clerk classed it: people by what they are, or by what they may lawfully do. */
  readonly kind: 'plain' | 'protected-activity' | 'status';
};

export type EmergencyClaim = {
  /** Of death or serious injury; empty: not stated. */
  readonly danger: string;
  readonly imminent: boolean;
  /** Why this footage helps; empty: not stated. */
  readonly nexus: string;
  /** To the agency's number in the directory, not the one on the paper. */
  readonly callBack: 'passed' | 'failed' | 'not-made';
  readonly arisenAt: EpochMs;
};

export type OwnerConsent = {
  /** The account, authenticated. */
  readonly account: Ulid;
  readonly clips: readonly ClipName[];
  readonly classes: readonly Exclude<DataClass, 'content'>[];
  /** Revocable until sealed. */
  readonly revokedAt: EpochMs | null;
};

/** The test of age is on receipt of the paper that is judged, whenever it is reviewed. */
export const paperReceivedAt = ({ document, receivedAt }: Demand): EpochMs =>
  document.reissuedAt ?? receivedAt;
