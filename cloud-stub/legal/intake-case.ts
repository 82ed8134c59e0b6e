/** What an intake check judges by. */
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { Demand } from './demand.ts';
import type { LegalPolicy } from './legal-policy.ts';
import type { ProcessRule } from './process-rules.ts';

/** What the desk knows when a demand comes in. */
export type IntakeRecords = {
  /** The exact name of the legal person that can be served. */
  readonly entity: string;
  /** Where it can be served from without a question. */
  readonly jurisdictions: readonly string[];
  /** Of the sending agency: the domains it answers from, and its cases that are closed. */
  readonly agencyDomains: readonly string[];
  /** Null: what is on record of it is no pattern that can be tried. */
  readonly caseNumberPattern: RegExp | null;
  readonly casesClosed: ReadonlySet<string>;
  /** SHA-256 of a document seen before -> the demand it came with. */
  readonly documents: ReadonlyMap<string, Ulid>;
  /** Of the sending agency: emergencies after which no process came when it was due, and none has since. */
  readonly emergenciesUnfollowed: number;
  /** The hold it asks to renew; null: there is none. */
  readonly renewed: { readonly renewals: number; readonly expiresAt: EpochMs | null } | null;
  /** Things that stand indoors. */
  readonly indoor: ReadonlySet<string>;
  /** Of the clips in scope. */
  readonly clips: {
    readonly total: number;
    readonly purged: number;
    readonly endToEndEncrypted: number;
  };
};

export type IntakeCase = {
  readonly demand: Demand;
  readonly rule: ProcessRule;
  readonly legal: LegalPolicy;
  readonly records: IntakeRecords;
};
