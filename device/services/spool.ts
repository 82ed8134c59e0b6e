/**
 * The spool: everything the doorbell has made and the cloud has not yet confirmed. Chunks and stills are files, all
 * else stands in the journal. Bounded; when full, clips are given up by a stated policy, with a signed final manifest
 * each. [DEV-3] [DEV-4]
 */
import assert from 'node:assert/strict';
import { type Board, FlashError, FlashFullError } from '../board.ts';
import {
  type Chunk,
  type ChunkLog,
  emptyChunkLog,
  type FragmentBytes,
  frameFragments,
} from '../core/chunk-log.ts';
import { clipIn, type SpoolState } from '../core/spool-state.ts';
import type { Log } from '../log.ts';
import { type ChunkForm, type ClipSealer, plainChunks } from '../wire/footage-sealing.ts';
import { makeUlid, type Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import { type ChunkReader, createChunkReader } from './chunk-reader.ts';
import { happeningOf } from './fact-happenings.ts';
import type { Happenings } from './happenings.ts';
import { type Journal, spoolFolder } from './journal.ts';
import { stampNow } from './media-time.ts';
import { chunksPath, readChunks } from './spool-recovery.ts';
import { createSpoolRoom, type SpoolRoom } from './spool-room.ts';
import { beginTransaction, type SpoolTransaction } from './spool-transaction.ts';
import { createStillShelf } from './still-shelf.ts';

export type Spool = {
  state(): SpoolState;
  /** What stands on flash: only this may be sent. */
  durableState(): SpoolState;
  /** Decides synchronously, under numbers that are taken at once; `durable` resolves when it stands on flash. */
  transact<Result>(decide: (transaction: SpoolTransaction) => Result): {
    readonly result: Result;
    readonly durable: Promise<void>;
  };
  /** Resolves once the fragments can be sent, or says why the clip must end. One at a time for each clip. */
  append(clip: Ulid, fragments: readonly FragmentBytes[], form?: ChunkForm): Promise<Appended>;
  /** Null when the clip has left, has as many as it may, its key is forgotten, or the spool is full. */
  keepStill(clip: Ulid, jpeg: Uint8Array, sealer?: ClipSealer | null): Promise<Ulid | null>;
  chunksOf(clip: Ulid): Promise<ChunkLog>;
  /** The same at once, when it was looked up before and the clip is still here. */
  knownChunks(clip: Ulid): readonly Chunk[] | null;
  readonly readChunk: ChunkReader;
  /** Null when its clip has left; one whose file is gone or has rotted is given up, and told. [DEV-4] */
  readStill(clip: Ulid, still: Ulid): Promise<Uint8Array | null>;
  /** The cloud has it all: it leaves. [DEV-4] */
  release(clip: Ulid): Promise<void>;
  /** The cloud will never take it, or its file is gone: its clip goes on without. Again: nothing happens. */
  giveUpStill(clip: Ulid, still: Ulid, because: string): Promise<void>;
  /** The cloud refused the clip: it is the first to go when room is needed. */
  markRejected(clip: Ulid): void;
  /** Its bytes are not what its final says: it is given up with a reason, like one evicted. */
  giveUp(clip: Ulid, because: string): Promise<void>;
  setCapacity(bytes: number): void;
  usedBytes(): number;
  newId(): Ulid;
};
export type Appended =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'refused'; readonly because: 'spool-full' | 'clip-too-large' };

export type SpoolOptions = {
  readonly board: Pick<Board, 'flash' | 'signer' | 'entropy' | 'clock'>;
  readonly happenings: Happenings;
  readonly log: Log;
  readonly capacityBytes: number;
};

/** The spool of a boot whose journal has begun; and its room, for the journal to ask for. */
export function createSpool(
  options: SpoolOptions,
  journal: Journal,
): { readonly spool: Spool; readonly room: SpoolRoom } {
  const { flash, signer, entropy, clock } = options.board;
  const { happenings, log, capacityBytes } = options;
  /** Of each clip that was looked at in this boot: what of it is synced. */
  const logs = new Map<Ulid, ChunkLog>();
  const { state, durableState } = journal;
  const room = createSpoolRoom({
    flash,
    state,
    journalBytes: journal.bytes,
    logs,
    recordEviction,
    log,
    capacityBytes,
  });

  const newId = (): Ulid => makeUlid(clock.now(), (count) => entropy.bytes(count));

  function transact<Result>(decide: (transaction: SpoolTransaction) => Result) {
    const transaction = beginTransaction(state(), signer);
    const result = decide(transaction);
    const durable = journal.commit(transaction.facts).then(() => {
      for (const fact of transaction.facts) {
        const happening = happeningOf(fact);
        if (happening !== null) happenings.tell(happening);
      }
    });
    return { result, durable };
  }

  function recordEviction(clip: Ulid, because: string): Promise<void> {
    return transact((transaction) => {
      const { seq, chunks, size } = transaction.evictClip(clip, because);
      transaction.makeEvent({
        id: newId(),
        kind: 'evicted',
        stamp: stampNow(clock),
        clip,
        data: { reason: because, seq, chunks, size },
      });
    }).durable;
  }

  /** Whether all of the clip must be sealed before it comes to flash. */
  const mustBeSealed = (clip: Ulid): boolean => clipIn(state(), clip)?.opening.e2ee !== undefined;

  async function append(
    clip: Ulid,
    fragments: readonly FragmentBytes[],
    form: ChunkForm = plainChunks,
  ): Promise<Appended> {
    assert(!mustBeSealed(clip) || form !== plainChunks, 'what is to be sealed is never kept plain');
    const before = logs.get(clip) ?? emptyChunkLog;
    const framed = frameFragments(before, fragments, form);
    if (framed.log.chunks.length > limits.chunksPerClipMax) {
      return { kind: 'refused', because: 'clip-too-large' };
    }
    const fits = await room.take(clip, framed.bytes.length, () => appendOnce(clip, before, framed));
    if (!fits) return { kind: 'refused', because: 'spool-full' };
    if (before.fileBytes === 0) await flash.syncNames(spoolFolder);
    logs.set(clip, framed.log);
    const bytes = framed.added.map(({ offset, length }) => {
      const from = offset - before.fileBytes;
      return framed.bytes.subarray(from, from + length);
    });
    happenings.tell({ kind: 'chunks-recorded', clip, log: framed.log, bytes });
    return { kind: 'recorded' };
  }

  /** A sync that fails once costs nothing; twice, and the flash has failed. */
  async function appendOnce(
    clip: Ulid,
    { fileBytes }: ChunkLog,
    { bytes }: { readonly bytes: Uint8Array },
  ): Promise<void> {
    const path = chunksPath(clip);
    for (let tries = 1; ; tries++) {
      try {
        await flash.append(path, bytes);
        await flash.sync(path);
        return;
      } catch (error) {
        // A part of it may stand there; what comes next must not follow a torn fragment. And what a failed sync left in
        // a cache is never made durable by a later one, unless it is written anew.
        if (fileBytes > 0) await flash.truncate(path, fileBytes);
        else await flash.remove(path);
        const mayPass = error instanceof FlashError && !(error instanceof FlashFullError);
        if (!mayPass || tries === 2) throw error;
        log.warn({ clip, error }, 'the flash failed, a fragment is written again');
      }
    }
  }

  const { keepStill, giveUpStill, readStill } = createStillShelf({
    flash,
    state,
    room,
    transact,
    mustBeSealed,
    newId,
    stampNow: () => stampNow(clock),
    log,
  });

  const spool: Spool = {
    state,
    durableState,
    transact,
    append,
    keepStill,
    giveUpStill,
    newId,
    usedBytes: room.usedBytes,
    setCapacity: room.setCapacity,
    markRejected: room.markRejected,
    giveUp: room.giveUp,
    async chunksOf(clip) {
      const known = logs.get(clip);
      if (known !== undefined) return known;
      const read = (await readChunks(flash, clip))?.chunks ?? emptyChunkLog;
      logs.set(clip, read);
      return read;
    },
    knownChunks: (clip) => logs.get(clip)?.chunks ?? null,
    readChunk: createChunkReader(options.board, {
      isHere: (clip) => clipIn(state(), clip)?.evicted === false,
      syncedBytes: (clip) => logs.get(clip)?.fileBytes ?? 0,
      async giveUp(clip, because) {
        // One that is being recorded is never evicted: its end comes soon.
        if (clipIn(state(), clip)?.final !== null) await room.giveUp(clip, because);
      },
    }),
    readStill,
    async release(clip) {
      const stills = clipIn(state(), clip)?.stills ?? [];
      await transact((transaction) => transaction.add({ kind: 'clip-released', clip })).durable;
      await room.removeFiles(clip, stills);
    },
  };
  return { spool, room };
}
