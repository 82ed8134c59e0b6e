/**
 * A clip's journal, open for appending. Chunks are sealed when they are queued; one writer at a
 * time writes all that is queued with one writev, and one fdatasync covers everything written
 * before it (group commit).
 */
import assert from 'node:assert/strict';
import { createHash, type KeyObject } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Ulid } from '../../device/wire/ids.ts';
import { type ClipKey, letGoOf, type StoredChunk, type VaultClip, VaultError } from '../ports.ts';
import { readRecord } from './file-vault-reader.ts';
import { encodeHeader, recordBytes } from './file-vault-record.ts';
import type { StoredRecord, VaultContents } from './vault-contents.ts';
import { type RecordPlace, seal } from './vault-sealing.ts';

/** What is queued beyond this is written without waiting for a sync. */
const queuedBytesMax = 1 << 20;

export type JournalStart = {
  readonly contents: VaultContents;
  /** The journal's length, all of it durable. */
  readonly durableBytes: number;
  readonly onFailed: (journal: FileVaultJournal, durableBytes: number) => void;
  readonly onClose: (journal: FileVaultJournal) => void;
};

type Waiter = {
  readonly upTo: number;
  readonly resolve: () => void;
  readonly reject: (error: VaultError) => void;
};

export class FileVaultJournal implements VaultClip {
  readonly #file: FileHandle;
  readonly #key: ClipKey;
  readonly #dataKey: KeyObject;
  readonly #start: JournalStart;
  #queue: Uint8Array[] = [];
  /** Bytes of the journal that are durable <= written <= queued. */
  #durable: number;
  #written: number;
  #queued: number;
  #waiters: Waiter[] = [];
  #working: Promise<void> | null = null;
  /** Set once; from then on nothing can be appended or synced. */
  #failure: VaultError | null = null;

  constructor(file: FileHandle, key: ClipKey, dataKey: KeyObject, start: JournalStart) {
    this.#file = file;
    this.#key = key;
    this.#dataKey = dataKey;
    this.#start = start;
    this.#durable = start.durableBytes;
    this.#written = start.durableBytes;
    this.#queued = start.durableBytes;
  }

  chunks(): ReadonlyMap<number, StoredChunk> {
    return this.#start.contents.chunks;
  }

  stills(): readonly Ulid[] {
    return [...this.#start.contents.stills.keys()];
  }

  append(index: number, chunk: Uint8Array, sha256: Uint8Array): void {
    this.#enqueue({ kind: 'chunk', index }, chunk, sha256);
  }

  addStill(still: Ulid, jpeg: Uint8Array): void {
    this.#enqueue({ kind: 'still', still }, jpeg, createHash('sha256').update(jpeg).digest());
  }

  sync(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#durable === this.#queued) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ upTo: this.#queued, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  async read(index: number): Promise<Uint8Array> {
    const record = this.#start.contents.chunks.get(index);
    if (record === undefined) throw new VaultError(this.#key, `chunk ${index} is not there`);
    return this.#readRecord(record);
  }

  async still(still: Ulid): Promise<Uint8Array | null> {
    const record = this.#start.contents.stills.get(still);
    return record === undefined ? null : this.#readRecord(record);
  }

  /** The clip was removed while this was open: nothing more is taken in or given out. [RET-7] */
  abandon(): void {
    this.#fail(new VaultError(this.#key, 'was removed'));
  }

  /** What was queued and not synced is written, and may survive or not. */
  async close(): Promise<void> {
    if (this.#queue.length > 0) this.#working ??= this.#work();
    while (this.#working !== null) await this.#working;
    this.#start.onClose(this);
    await this.#file.close();
  }

  #enqueue(place: RecordPlace, plaintext: Uint8Array, sha256: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure;
    assert(!this.#start.contents.has(place), 'a record is appended once');
    const { ciphertext, tag } = seal(this.#key, this.#dataKey, place, plaintext, sha256);
    const { length } = plaintext;
    const header = encodeHeader({ place, length, durableBytes: this.#durable, sha256 });
    this.#queue.push(header, ciphertext, tag);
    this.#start.contents.add({ place, length, sha256, offset: this.#queued });
    this.#queued += recordBytes({ length });
    if (this.#queued - this.#written > queuedBytesMax) this.#working ??= this.#work();
  }

  async #readRecord(record: StoredRecord): Promise<Uint8Array> {
    if (record.offset + recordBytes(record) > this.#written) await this.sync();
    if (this.#failure !== null) throw this.#failure;
    return readRecord(this.#file, this.#key, this.#dataKey, record);
  }

  /**
   * Writes and syncs until nobody waits. Never rejects. Begun only when there is something to do.
   */
  async #work(): Promise<void> {
    assert(this.#queue.length > 0 || this.#waiters.length > 0);
    try {
      while (this.#failure === null && (this.#queue.length > 0 || this.#waiters.length > 0)) {
        await this.#writeQueue();
        // Without a waiter the page cache keeps it for the next sync to cover.
        if (this.#failure === null && this.#waiters.length > 0) await this.#syncWritten();
      }
    } catch (error) {
      this.#fail(new VaultError(this.#key, 'cannot be written', { cause: error }));
      // Space that unacknowledged bytes take is of use to others. Where even this fails, the next
      // open cuts.
      await this.#file.truncate(this.#durable).catch(() => {});
    } finally {
      this.#working = null;
    }
  }

  async #writeQueue(): Promise<void> {
    const sealed = this.#queue;
    let parts = sealed;
    this.#queue = [];
    while (parts.length > 0) {
      const { bytesWritten } = await this.#file.writev(parts, this.#written);
      this.#written += bytesWritten;
      parts = partsAfter(parts, bytesWritten);
    }
    for (const part of sealed) letGoOf(part);
  }

  async #syncWritten(): Promise<void> {
    const written = this.#written;
    await this.#file.datasync();
    if (this.#failure !== null) return;
    this.#durable = written;
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting) {
      if (waiter.upTo <= written) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }

  #fail(error: VaultError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#queue = [];
    this.#start.contents.cut(this.#durable);
    this.#start.onFailed(this, this.#durable);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}

/** What is left of `parts` after their first `count` bytes. */
function partsAfter(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  let first = 0;
  for (const part of parts) {
    if (left < part.length) break;
    left -= part.length;
    first++;
  }
  const rest = parts.slice(first);
  const head = rest[0];
  return left === 0 || head === undefined ? rest : [head.subarray(left), ...rest.slice(1)];
}
