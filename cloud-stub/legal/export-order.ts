/**
 * What the desk orders from the export: the answer to one demand, item by item, and the people who
 * stand for it. It is frozen when the lease is taken; nothing that happens later changes it. [EXP-4]
 */
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { ClassGrant } from './class-grants.ts';
import type { Outcome } from './decision.ts';
import type { Demand } from './demand.ts';
import type { ItemDecision } from './item-decision.ts';
import type { DataClass, SubscriberField } from './process-rules.ts';

export type ExportOrder = {
  /** Names the bag: `EXP-<export>`. The same order again is the same export. */
  readonly export: Ulid;
  readonly demand: Demand;
  readonly outcome: Outcome;
  /** Footage that leaves. Its stills leave with it. */
  readonly clips: readonly ReleasedClip[];
  /** Subscriber information and other records, as they stand now. */
  readonly records: readonly ReleasedRecord[];
  /** What the sender may know to be withheld: `withheldList(decision)`. */
  readonly withheld: readonly ItemDecision[];
  /** Asked for and refused as a whole, whether or not there is anything of it. */
  readonly withheldClasses?: readonly WithheldClass[];
  readonly people: ExportPeople;
  /** The legal file: the served document, orders, the answer's letter. */
  readonly documents: readonly LegalDocument[];
  /** Who answers: the provider's legal name, as it stands in the certificate. */
  readonly provider: string;
  /** What the process rests on, as its row cites it: `18 USC 2703(a)`. */
  readonly statute?: readonly string[];
  /** One of several bags that together answer; absent: it is the only one. */
  readonly volume?: ExportVolume;
};

export type WithheldClass = {
  readonly class: DataClass;
  readonly because: Exclude<ClassGrant['because'], 'granted'>;
};

export type ExportVolume = {
  /** From 1. */
  readonly number: number;
  /** Of all volumes, in order. */
  readonly exports: readonly Ulid[];
};

export type ReleasedClip = {
  readonly thing: ThingName;
  readonly clip: Ulid;
  /** Part of it lies outside the demand's range; it is whole, and flagged. [LEG-4] */
  readonly edge: boolean;
  /** False: only the owner's key opens it. [EXP-5] */
  readonly decryptable: boolean;
};

export type ReleasedRecord =
  | {
      readonly class: 'subscriber';
      readonly account: Ulid;
      readonly field: SubscriberField;
      readonly value: string;
    }
  | {
      readonly class: 'non-content';
      readonly account: Ulid | null;
      readonly thing: ThingName | null;
      readonly at: EpochMs;
      /** `ding`, `signed-in`, `plan-changed` ... */
      readonly kind: string;
      readonly facts: Readonly<Record<string, unknown>>;
    };

/** Four different people. [LEG-5] */
export type ExportPeople = {
  readonly requester: Person;
  readonly reviewer: Person;
  /** Countersigns the bag. */
  readonly approver: Person;
  /** Seals the bag and makes the declaration in its certificate. */
  readonly custodian: Person;
};

export type Person = {
  /** The name of the account it acts with. */
  readonly principal: string;
  /** As it stands in a declaration. */
  readonly name: string;
  readonly title: string;
};

export type LegalDocument = {
  /** Its name in the bag: 1 to 100 of `A-Z a-z 0-9 . _ -`, no dot first. */
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
};
