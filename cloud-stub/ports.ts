/**
 * THE SEAM of the cloud: everything its services need from the world, on one page. backends/
 * implements it with a broker, SQL and files; the simulator with memory and virtual time. Services
 * reach the world in no other way.
 */
import type { KeyObject } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { ThingName, Ulid } from '../device/wire/ids.ts';
import type { DurationMs, EpochMs } from '../device/wire/time.ts';
import type { CatalogueTables } from './catalogue-tables.ts';
import type { ledgerKinds } from './ledger-kinds.ts';
import type { IdentityKeys, LedgerSigner } from './ports-ledger.ts';

export type Ports = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly bus: Bus;
  readonly catalogue: Catalogue;
  readonly vault: Vault;
  readonly keys: KeyVault;
  readonly ledger: Ledger;
  readonly ledgerSigner: LedgerSigner;
  readonly identities: IdentityKeys;
  /** Without it signatures are checked on the thread that asks. */
  readonly signatures?: Signatures;
};

export type Clock = {
  now(): EpochMs;
  /**
   * Time since this process began, on a clock that never steps; for judging the other one. [RET-8]
   */
  monotonic(): DurationMs;
  /** Calls `act` once after `delay`. `name` is for traces. */
  setTimer(name: string, delay: DurationMs, act: () => void): Timer;
};
export type Timer = { cancel(): void };

export type Entropy = {
  bytes(count: number): Uint8Array;
};

/** Checks what doorbells sign, while the asking thread goes on with others. */
export type Signatures = {
  /**
   * Whether `sig` is `publicKey`'s over `bytes`, as `verifySignature` of the wire has it. Who asks
   * first is answered first: one seed gives one order of everything.
   */
  verify(bytes: Uint8Array, sig: string, publicKey: KeyObject): Promise<boolean>;
};

/** The messages between doorbells and cloud, over the embedded broker or any other. */
export type Bus = {
  /**
   * To a doorbell, QoS 1. Resolves once the broker has it; a doorbell that is away does not get it.
   */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /**
   * All of `up/#`, one listener. It must copy into a bounded queue of that device and return at
   * once: the broker's handler slots are shared by all clients. [WIRE-3]
   */
  onMessage(listener: (message: BusMessage) => void): void;
  /** A broker that knows tells a new listener who is connected already. */
  onPresence(listener: (presence: Presence) => void): void;
  /**
   * Stops reading from this device's socket, and no other's, until resumed. Without effect on a
   * foreign broker.
   */
  pause(thing: ThingName): void;
  resume(thing: ThingName): void;
  /**
   * Cuts the device's connection, for a revoked certificate. Without effect on a foreign broker.
   */
  disconnect(thing: ThingName): void;
  close(): Promise<void>;
};
/**
 * `thing` is who the broker says sent it; null on a foreign broker, whose access rules then stand
 * for it.
 */
export type BusMessage = {
  readonly thing: ThingName | null;
  readonly topic: string;
  readonly payload: Uint8Array;
};
export type Presence = { readonly thing: ThingName; readonly connected: boolean };

/**
 * The SQL database. `read` sees what is committed and never waits for a writer; `write` runs one
 * transaction at a time, durable when it resolves. A throw rolls back.
 */
export type Catalogue = {
  readonly read: Reading;
  /**
   * `alone`: for what may touch very much. Writes that share a transaction are undone one by one,
   * for which the pages of each are kept in memory as they were; one alone is undone from the disk.
   */
  write<Result>(
    work: (tx: Writing) => Promise<Result>,
    options?: { readonly alone: boolean },
  ): Promise<Result>;
  /** Another number than before whenever anything was committed since, by whichever process. */
  changes(): number;
  /**
   * Leaves nothing that was deleted or overwritten in free pages or the write-ahead log. False when
   * a long read still needs the log: try again later. [RET-7]
   */
  scrub(): Promise<boolean>;
  /** What is wrong with the database itself, its pages, indexes and references; empty: nothing. */
  check(): Promise<readonly string[]>;
  /** Waits for writes at work; reads must have ended. */
  close(): Promise<void>;
};
export type Writing = Transaction<CatalogueTables>;
/** Reads alone, or inside a transaction as well. */
export type Reading = Kysely<CatalogueTables>;

export type ClipKey = { readonly thing: ThingName; readonly clip: Ulid };

/**
 * Bytes of clips and stills, encrypted from the first chunk, stored as they arrive, never
 * rewritten. After a VaultError an open clip is of no more use: close it and open it anew, and it
 * holds what was durable.
 */
export type Vault = {
  /**
   * Opens a clip's journal for appending, making it if need be; once at a time. A torn tail is cut:
   * all that is there then is durable. Throws VaultError, also when the journal was written with
   * another data key.
   */
  open(key: ClipKey, dataKey: KeyObject): Promise<VaultClip>;
  /** Opens a clip for reading only, or null when there is none. */
  openRead(key: ClipKey, dataKey: KeyObject): Promise<VaultReader | null>;
  /**
   * Removes chunks, stills and all else of the clip, names synced. Nothing happens when there is
   * none. [RET-6]
   */
  remove(key: ClipKey): Promise<void>;
  /** Every clip there is, for recovery and fsck. */
  list(): AsyncIterable<ClipKey>;
};

export type VaultReader = {
  /** What is stored, by chunk index; durable or not. */
  chunks(): ReadonlyMap<number, StoredChunk>;
  /**
   * One chunk's plaintext, authenticated, in memory of its own: the caller's to let go of. Throws
   * VaultError when it is not there or was altered.
   */
  read(index: number): Promise<Uint8Array>;
  still(still: Ulid): Promise<Uint8Array | null>;
  stills(): readonly Ulid[];
  close(): Promise<void>;
};

export type VaultClip = VaultReader & {
  /**
   * Queues a chunk. The same index twice is the caller's mistake. Throws VaultError after an
   * earlier one.
   */
  append(index: number, chunk: Uint8Array, sha256: Uint8Array): void;
  addStill(still: Ulid, jpeg: Uint8Array): void;
  /** Resolves once all that was queued before the call is durable. Throws VaultError. [WIRE-1] */
  sync(): Promise<void>;
};

export type StoredChunk = { readonly length: number; readonly sha256: Uint8Array };

/**
 * Gives the memory of large bytes back at once, which are then empty. What lies outside the heap
 * makes the collector run, and a collector at work costs more than all the ciphers: half the time
 * of a copy. Only for whoever owns them; those that share their memory are left alone.
 */
export function letGoOf({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength > 1 << 13) {
    buffer.transfer(0);
  }
}

/** The vault failed; nothing it was asked to keep may be acknowledged. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly key: ClipKey;
  constructor(key: ClipKey, message: string, options?: ErrorOptions) {
    super(`clip ${key.thing}/${key.clip}: ${message}`, options);
    this.key = key;
  }
}

/** Data keys, each wrapped by the master key in one small erasable file. */
export type KeyVault = {
  /** The clip's data key, made and made durable if there is none. Throws when it was destroyed. */
  obtain(key: ClipKey): Promise<KeyObject>;
  /** The clip's data key, or null when there is none (any more). */
  find(key: ClipKey): Promise<KeyObject | null>;
  /** Destroys the wrapped key for good, durably. Nothing happens when there is none. [RET-6] */
  destroy(key: ClipKey): Promise<void>;
  list(): AsyncIterable<ClipKey>;
};

/**
 * Where bags of evidence lie: a vault and keys like those of clips and apart from them, so that a
 * bag is encrypted from its first byte, and gone when its key is.
 */
export type BagStore = { readonly vault: Vault; readonly keys: KeyVault };

/** Tells owners what is due to them, by mail or otherwise. May tell twice after a crash, never less. */
export type Notifier = {
  notify(account: Ulid, notice: { readonly notice: Ulid; readonly subject: string }): Promise<void>;
};

/** The append-only record for courts; every entry is committed with what it records. [LOG-1] */
export type Ledger = {
  /** Gives the place of the first, from 0. `role:ULID` is written as `role:pseudonym`. [LOG-2] */
  append(tx: Writing, ...entries: readonly LedgerEntry[]): Promise<number>;
  /**
   * Recomputes the whole chain and the tree over it as they are committed; yields each entry that
   * does not follow from the one before, and each node that is not that of its leaves.
   */
  verify(read: Reading): AsyncIterable<LedgerFault>;
  /** How an actor stands in the ledger, to look for its entries. */
  actor(actor: string): Promise<string>;
  /** How many entries there are. */
  size(db: Reading): Promise<number>;
  /** The exact bytes that are hashed for one entry (custody/ledger-leaf.ts); null: there is none. */
  leaf(db: Reading, seq: number): Promise<Uint8Array | null>;
  /** The root of the first `size` entries (RFC 6962). */
  root(db: Reading, size: number): Promise<Uint8Array>;
  /** PATH of entry `seq` in the tree of the first `size`; `seq` below `size`. */
  inclusion(db: Reading, seq: number, size: number): Promise<readonly Uint8Array[]>;
  /** PROOF that the tree of `from` entries is the beginning of that of `to`. */
  consistency(db: Reading, from: number, to: number): Promise<readonly Uint8Array[]>;
};
export type LedgerFault = { readonly seq: number; readonly because: string };

/**
 * `facts` is JSON and holds no content. Who acts is a part of the cloud, a role, or `role:ULID`; as
 * `role:ULID` an identity may stand in the facts too. [LOG-2]
 */
export type LedgerEntry = {
  readonly kind: LedgerKind;
  readonly at: EpochMs;
  readonly actor: string;
  readonly thing?: ThingName;
  readonly clip?: Ulid;
  readonly facts: Readonly<Record<string, unknown>>;
};

export type LedgerKind = (typeof ledgerKinds)[number];
