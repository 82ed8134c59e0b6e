/** One open clip of the ingest: its state, its vault, and how effects of the session are carried out on them. */
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { Final, Opening, Receipt } from '../../../device/wire/messages.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import type { ClipKey, Clock, StoredChunk, Timer, VaultClip } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';
import { rootOfChunks, sizeOfChunks } from './chunk-sums.ts';
import { firstMissing, hasIndex, noIndices, rangesOf } from './index-ranges.ts';
import { stepSession } from './ingest-session.ts';
import {
  type GoodMark,
  openSession,
  type SessionEffect,
  type SessionFacts,
  type SessionInput,
  type SessionRefusal,
  type SessionState,
} from './ingest-session-state.ts';
import { openSink } from './ingest-sink.ts';

/** What an open clip asks of the rest of the ingest. */
export type ClipEvents = {
  windowMax(): number;
  onReceipt(clip: OpenClip, receipt: Receipt): void;
  onMark(clip: OpenClip, mark: GoodMark): void;
  /** Everything the final names is durable, or given up: make it stored. */
  onCommit(clip: OpenClip, final: Final, kept: GoodMark): Promise<void>;
  onConflict(clip: OpenClip, index: number): void;
  onReject(clip: OpenClip, final: Final, because: string): void;
  onRefusal(clip: OpenClip, because: SessionRefusal): void;
  /** The vault failed: nothing more can be appended or acknowledged. */
  onFault(clip: OpenClip, error: unknown): void;
};

export type ClipStart = {
  readonly key: ClipKey;
  readonly opening: Opening;
  readonly account: AccountId | null;
  readonly vault: VaultClip;
  /** Nothing is kept of it: its footage was purged. [WIRE-8] */
  readonly sink: boolean;
  /** It begins on the wire as if nothing had come before. [DEL-4] */
  readonly forgetful: boolean;
  readonly mark: GoodMark | null;
};

export type ChunkInHand = {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly sha256: Uint8Array;
};

export class OpenClip {
  readonly key: ClipKey;
  readonly opening: Opening;
  readonly account: AccountId | null;
  sink: boolean;
  /** Grows with each use; the lowest is closed first. */
  usedAt = 0;
  /** Its vault failed: until that is dealt with, nothing is taken in. */
  faulted = false;
  /** Its session is over: what still returns from the vault is ignored. */
  closed = false;
  #vault: VaultClip;
  #state: SessionState;
  readonly #clock: Clock;
  readonly #events: ClipEvents;
  #timer: Timer | null = null;
  #working = new Set<Promise<void>>();
  #unsyncedBytes = 0;

  constructor(start: ClipStart, clock: Clock, events: ClipEvents) {
    this.key = start.key;
    this.opening = start.opening;
    this.account = start.account;
    this.sink = start.sink;
    this.#vault = start.vault;
    this.#clock = clock;
    this.#events = events;
    this.#state = openSession(
      start.key.clip,
      start.forgetful ? noIndices : rangesOf(start.vault.chunks().keys()),
      start.forgetful ? null : start.mark,
      start.forgetful ? [] : start.vault.stills(),
    );
  }

  get state(): SessionState {
    return this.#state;
  }

  take(input: SessionInput): void {
    this.#step(input, null);
  }

  takeChunk(chunk: ChunkInHand): void {
    const stored = this.#vault.chunks().get(chunk.index);
    const compared =
      stored === undefined
        ? 'absent'
        : Buffer.compare(stored.sha256, chunk.sha256) === 0
          ? 'same'
          : 'other';
    this.#step({ kind: 'chunk', index: chunk.index, stored: compared }, chunk);
  }

  /** Whether the device sends faster than the disk takes; its lane then waits for `settled`. */
  get overfull(): boolean {
    return this.#unsyncedBytes > serviceLimits.unsyncedBytesMax;
  }

  hasStill = (still: Ulid): boolean => this.#vault.stills().includes(still);
  stillCount = (): number => this.#vault.stills().length;

  /** Resolves once the still is durable in the vault. Throws VaultError. */
  async addStill(still: Ulid, jpeg: Uint8Array): Promise<void> {
    if (!this.hasStill(still)) this.#vault.addStill(still, jpeg);
    await this.#vault.sync();
  }

  sizeOf(count: number): number {
    return sizeOfChunks(this.#vault.chunks(), count);
  }

  sizeDurable(): { readonly chunks: number; readonly sizeBytes: number } {
    const chunks = firstMissing(this.#state.durable);
    return { chunks, sizeBytes: this.sizeOf(chunks) };
  }

  /** Its footage is about to be purged: the transfer goes on without a word, as where a hold keeps it. [DEL-4] */
  turnIntoSink(sink = openSink(this.#vault.chunks(), this.#vault.stills())): void {
    // What the vault cannot do any more is of no interest: its bytes go.
    this.#work(this.#vault.close().catch(() => {}));
    this.#vault = sink;
    this.sink = true;
  }

  /** Its footage was found to be gone: what was not durable has to be sent again. */
  becomeSink(sink: VaultClip): void {
    this.turnIntoSink(sink);
    this.faulted = false;
    this.#state = { ...this.#state, appended: this.#state.durable, syncing: null };
    this.#unsyncedBytes = 0;
    this.take({ kind: 'opened' });
  }

  durableChunks(): ReadonlyMap<number, StoredChunk> {
    const { durable } = this.#state;
    return new Map([...this.#vault.chunks()].filter(([index]) => hasIndex(durable, index)));
  }

  /** Resolves when nothing of what was begun is at work. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Makes durable what was appended, answers it, and lets the vault go. */
  async close(): Promise<void> {
    this.#cancelTimer();
    if (!this.closed) this.take({ kind: 'timer' });
    await this.settled();
    this.#cancelTimer();
    this.closed = true;
    await this.#vault.close();
  }

  /** After a fault: no answer, nothing durable is lost. */
  async abandon(): Promise<void> {
    this.closed = true;
    this.#cancelTimer();
    await this.#vault.close();
  }

  #facts(): SessionFacts {
    return {
      rootOf: (count) => rootOfChunks(this.#vault.chunks(), count),
      sizeOf: (count) => this.sizeOf(count),
      windowMax: Math.min(this.#events.windowMax(), limits.windowMax),
      retryMs: serviceLimits.overloadRetryMs,
    };
  }

  #step(input: SessionInput, chunk: ChunkInHand | null): void {
    const { state, effects } = stepSession(this.#state, input, this.#facts());
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect, chunk);
  }

  #carryOut(effect: SessionEffect, chunk: ChunkInHand | null): void {
    switch (effect.kind) {
      case 'append':
        if (chunk === null) return;
        this.#vault.append(chunk.index, chunk.bytes, chunk.sha256);
        this.#unsyncedBytes += chunk.bytes.length;
        return;
      case 'sync':
        this.#work(this.#sync());
        return;
      case 'start-timer':
        this.#timer = this.#clock.setTimer('receipt', limits.receiptDelayMs, () => {
          if (!this.closed) this.take({ kind: 'timer' });
        });
        return;
      case 'receipt':
        this.#events.onReceipt(this, effect.receipt);
        return;
      case 'save-mark':
        this.#events.onMark(this, effect.mark);
        return;
      case 'commit':
        this.#work(this.#events.onCommit(this, effect.final, effect.kept));
        return;
      case 'conflict':
        this.#events.onConflict(this, effect.index);
        return;
      case 'reject':
        this.#events.onReject(this, effect.final, effect.because);
        return;
      case 'refuse':
        this.#events.onRefusal(this, effect.because);
        return;
    }
  }

  async #sync(): Promise<void> {
    const vault = this.#vault;
    const before = this.#unsyncedBytes;
    try {
      await vault.sync();
    } catch (error) {
      // A sink needs nothing of what the vault before it could not do.
      if (!this.closed && vault === this.#vault) this.#events.onFault(this, error);
      if (vault === this.#vault) return;
    }
    if (this.closed || this.#state.syncing === null) return;
    this.#unsyncedBytes = Math.max(0, this.#unsyncedBytes - before);
    this.take({ kind: 'synced' });
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #work(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }
}
