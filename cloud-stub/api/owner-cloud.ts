/**
 * What the owner's API needs of the cloud, and no more. The services answer it (openCloud's result is given to
 * `openApi`); tests give a fake. Everything is asked on behalf of one account, and what belongs to someone else,
 * was deleted, is past its window or never was gives the same answer: null, or an empty page. [DEL-1]
 */
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import type { SettingsMessage } from '../../device/wire/messages.ts';
import type { AccountId } from '../catalogue-tables.ts';
import type { ClipKey } from '../ports.ts';
import type { AccessRecord, Origin } from '../services/accounts/access-records.ts';
import type { Happening } from '../services/owners/announcements.ts';
import type { ClipSignatures } from '../services/owners/clip-signatures.ts';
import type { ClipBytes } from '../services/owners/footage-bytes.ts';
import type { ClipQuery } from '../services/owners/footage-list.ts';
import type { RemovalScope } from '../services/owners/footage-removal.ts';
import type { AccountDetails } from '../services/owners/owner-account.ts';
import type { EventQuery } from '../services/owners/owner-happenings.ts';
import type { OwnedClip, OwnedDevice, OwnedEvent } from '../services/owners/owner-views.ts';
import type { PageOf } from '../services/page-cursor.ts';

export type OwnerCloud = {
  readonly accounts: OwnerAccounts;
  readonly devices: OwnerDevices;
  readonly footage: OwnerFootage;
  readonly happenings: OwnerHappenings;
  readonly account: OwnAccount;
  /** What must work before requests are useful, each with its fault or null. */
  readiness(): Promise<Readonly<Record<string, string | null>>>;
};

export type OwnerAccounts = {
  /** Whose bearer token this is; null when unknown, expired or of a closed account. */
  authenticate(token: string): Promise<AccountId | null>;
};

export type OwnerDevices = {
  /** The devices this account owns now, by name. */
  list(account: AccountId): Promise<readonly OwnedDevice[]>;
  find(account: AccountId, thing: ThingName): Promise<OwnedDevice | null>;
  /** Sends settings to the device. The device checks them and reports what is in force. */
  wantSettings(
    account: AccountId,
    thing: ThingName,
    settings: SettingsMessage,
  ): Promise<CommandOutcome | null>;
  /** Asks the device for a snapshot; what it makes arrives as a clip's still. */
  snapshot(account: AccountId, thing: ThingName): Promise<CommandOutcome | null>;
  /**
   * Live pictures (JPEG), until cancelled. The device is asked to send while at least one viewer watches, and asked
   * again as the request runs out.
   */
  watch(
    account: AccountId,
    thing: ThingName,
    onFrame: (jpeg: Uint8Array) => void,
  ): Promise<Watching | null>;
};
export type Watching = { cancel(): void };

/** `offline` and `unanswered` are expected: a doorbell sleeps, loses its link, is unscrewed. */
export type CommandOutcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly because: 'offline' | 'unanswered' | 'refused';
      readonly detail?: string;
    };

export type OwnerFootage = {
  /** Newest first, by (recordedAt, thing, clip). Clips still arriving included. Null: not a cursor of ours. */
  list(account: AccountId, query: ClipQuery): Promise<PageOf<OwnedClip> | null>;
  find(account: AccountId, key: ClipKey): Promise<OwnedClip | null>;
  /** Opens the footage for reading and puts the access on record. [LOG-1] */
  open(account: AccountId, key: ClipKey, origin?: Origin): Promise<ClipBytes | null>;
  /** A still's JPEG. */
  still(account: AccountId, key: ClipKey, still: Ulid, origin?: Origin): Promise<Uint8Array | null>;
  /** What its doorbell signed of a stored clip, and how its footage is cut. */
  signatures(account: AccountId, key: ClipKey): Promise<ClipSignatures | null>;
  /** Hides the clip at once, for good. False when there was none to hide. [DEL-1] */
  remove(account: AccountId, key: ClipKey): Promise<boolean>;
  /** How many of these were hidden now. */
  removeMany(account: AccountId, keys: readonly ClipKey[]): Promise<number>;
  removeAll(account: AccountId, scope: RemovalScope): Promise<number>;
};

export type OwnAccount = {
  /** Null: closed meanwhile. */
  view(account: AccountId): Promise<AccountDetails | null>;
  /** Newest first. Null: not a cursor of ours. */
  accesses(
    account: AccountId,
    query: { readonly cursor?: string; readonly limit: number },
  ): Promise<PageOf<AccessRecord> | null>;
  signedIn(account: AccountId, origin: Origin): Promise<void>;
  dataTaken(account: AccountId, origin: Origin): Promise<void>;
  /** For good, and always accepted. [DEL-5] */
  close(account: AccountId): Promise<boolean>;
};

export type OwnerHappenings = {
  /** Events, newest first, by (receivedAt, thing, seq). Null: not a cursor of ours. */
  list(account: AccountId, query: EventQuery): Promise<PageOf<OwnedEvent> | null>;
  /** Events received after the one `cursor` names, oldest first; from the start of the window when unknown. */
  since(account: AccountId, cursor: string, limit: number): Promise<readonly OwnedEvent[]>;
  /** What happens from now on. The listener must return at once. */
  follow(account: AccountId, listener: (happening: Happening) => void): Watching;
};
