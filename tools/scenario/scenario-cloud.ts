/**
 * What a scenario asks of a cloud. The whole of one in this process answers to it, and so does a running one that is
 * asked over HTTP.
 */

import type { AccountId } from '../../cloud-stub/catalogue-tables.ts';
import type { Cloud } from '../../cloud-stub/cloud.ts';
import type { ClipKey, Ports } from '../../cloud-stub/ports.ts';
import type { Accounts } from '../../cloud-stub/services/accounts/accounts.ts';
import type { Devices } from '../../cloud-stub/services/devices/devices.ts';
import type { OpenBag } from '../../cloud-stub/services/exports/exports.ts';
import type { HoldRegistry } from '../../cloud-stub/services/holds/holds.ts';
import type {
  DeskAnswer,
  DeskMatter,
  LegalDesk,
  OwnerNotice,
} from '../../cloud-stub/services/legal-desk/legal-desk.ts';
import type { Principal, Principals } from '../../cloud-stub/services/legal-desk/principals.ts';
import type { OwnerFootage } from '../../cloud-stub/services/owners/footage.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import type { PurgePoint } from '../simulation/simulated-cloud.ts';

export type ScenarioCloud = {
  readonly accounts: Pick<Accounts, 'open' | 'claim' | 'release'>;
  readonly registry: Pick<Devices, 'enrol'>;
  readonly principals: Pick<Principals, 'addAgency' | 'verifyAgency' | 'agencies' | 'add'>;
  readonly plans: Pick<Cloud['plans'], 'change' | 'lapse'>;
  readonly account: Pick<Cloud['account'], 'close'>;
  readonly footage: ScenarioFootage;
  readonly desk: ScenarioDesk;
  readonly holds: ScenarioHolds;
};

type Done = { readonly ok: true } | { readonly ok: false; readonly because: string };
export type ScenarioHolds = {
  place(
    placement: Parameters<HoldRegistry['place']>[0],
  ): Promise<
    | { readonly ok: true; readonly hold: { readonly hold: Ulid } }
    | { readonly ok: false; readonly because: string }
  >;
  renew(renewal: Parameters<HoldRegistry['renew']>[0]): Promise<Done>;
  release(release: Parameters<HoldRegistry['release']>[0]): Promise<Done>;
};

export type ScenarioFootage = Pick<OwnerFootage, 'remove' | 'removeAll'> & {
  /** Newest first. */
  list(
    account: AccountId,
    query: { readonly limit: number },
  ): Promise<{
    readonly items: readonly ClipKey[];
  }>;
  find(account: AccountId, key: ClipKey): Promise<object | null>;
  open(account: AccountId, key: ClipKey): Promise<ReadableFootage | null>;
};
export type ReadableFootage = {
  readonly sizeBytes: number;
  read(from: number, to: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

/** What of a matter a scenario can expect. */
export type MatterFacts = Pick<
  DeskMatter,
  'stage' | 'version' | 'needs' | 'outcome' | 'released' | 'withheld' | 'checks' | 'holds'
> & {
  readonly followUp: Pick<NonNullable<DeskMatter['followUp']>, 'state'> | null;
  readonly question: Pick<NonNullable<DeskMatter['question']>, 'reason'> | null;
  readonly notice: Pick<DeskMatter['notice'], 'state'>;
};

type Acts =
  | 'takeIn'
  | 'review'
  | 'advise'
  | 'refuse'
  | 'approve'
  | 'seal'
  | 'deliver'
  | 'withdraw'
  | 'liftSilence'
  | 'move'
  | 'endChallenge';

export type ScenarioDesk = {
  readonly [Act in Acts]: (...asked: Parameters<LegalDesk[Act]>) => Promise<DeskAnswer<unknown>>;
} & Pick<LegalDesk, 'challenge' | 'waiveChallenge' | 'consent' | 'revokeConsent'> & {
    submit(
      ...asked: Parameters<LegalDesk['submit']>
    ): Promise<DeskAnswer<{ readonly demand: Ulid }>>;
    answer(...asked: Parameters<LegalDesk['answer']>): Promise<DeskAnswer<unknown>>;
    show(by: Principal, demand: Ulid): Promise<MatterFacts | null>;
    list(
      by: Principal,
      query: { readonly limit: number },
    ): Promise<{ readonly items: readonly { readonly demand: Ulid }[] }>;
    notices(
      account: AccountId,
    ): Promise<readonly Pick<OwnerNotice, 'notice' | 'sentAt' | 'process'>[]>;
    openBag(by: Principal, demand: Ulid): Promise<ReadableBag | null>;
  };

export type ReadableBag = Pick<OpenBag, 'name' | 'read' | 'close'> & {
  readonly files: readonly { readonly path: string }[];
};

/** The process, and what it keeps. */
export type ScenarioServer = {
  /** For reading: what no role of the office is shown. */
  readonly ports: Omit<Ports, 'bus'>;
  start(): Promise<void>;
  kill(): Promise<void>;
  killInPurge(point: PurgePoint): void;
};
