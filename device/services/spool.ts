/**
 * The spool: everything the doorbell has made and the cloud has not yet confirmed. Chunks and stills are files, all
 * else stands in the journal. Bounded; when full, clips are given up by a stated policy, with a signed final manifest
 * each. [DEV-3] [DEV-4]
 */
import assert from 'node:assert/strict';
import { type Board, FlashFullError } from '../board.ts';
import {
  type Chunk,
  type ChunkLog,
  emptyChunkLog,
  type FragmentBytes,
  framedBytes,
  frameFragments,
  readChunkLog,
} from '../core/chunk-log.ts';
import { chooseEviction, type SpooledClip } from '../core/spool-policy.ts';
import { type ClipRecord, clipIn, rang, type SpoolState } from '../core/spool-state.ts';
import type { Log } from '../log.ts';
import { makeUlid, type Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import type { Happening, Happenings } from './happenings.ts';
import { beginJournal, type Journal, readJournal, spoolFolder } from './journal.ts';
import { chunksPath, finishClips, removeOrphans, stillPath } from './spool-recovery.ts';
import { beginTransaction, type SpoolTransaction } from './spool-transaction.ts';

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
  append(clip: Ulid, fragments: readonly FragmentBytes[]): Promise<Appended>;
  keepStill(clip: Ulid, jpeg: Uint8Array): Promise<Ulid | null>;
  chunksOf(clip: Ulid): Promise<ChunkLog>;
  /** The same at once, when it was looked up before and the clip is still here. */
  knownChunks(clip: Ulid): readonly Chunk[] | null;
  /** The chunk's bytes, or null when its clip has left. */
  readChunk(clip: Ulid, chunk: Chunk): Promise<Uint8Array | null>;
  readStill(still: Ulid): Promise<Uint8Array | null>;
  release(clip: Ulid): Promise<void>;
  /** The cloud refused the clip: it is the first to go when room is needed. */
  markRejected(clip: Ulid): void;
  setCapacity(bytes: number): void;
  usedBytes(): number;
  newId(): Ulid;
};
export type Appended =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'refused'; readonly because: 'spool-full' | 'clip-too-large' };

/** Kept free for the journal: a ring must find room whatever the clips take. */
const journalReserveBytes = 512 * 1024;

export type SpoolOptions = {
  readonly board: Pick<Board, 'flash' | 'signer' | 'entropy' | 'clock'>;
  readonly happenings: Happenings;
  readonly log: Log;
  readonly capacityBytes: number;
};

export type OpenedSpool = {
  readonly spool: Spool;
  /** How the last run ended: null for the first boot. */
  readonly previous: null | 'power-loss' | 'stopped' | 'restarted';
};

export async function openSpool(options: SpoolOptions): Promise<OpenedSpool> {
  const { flash, signer, entropy, clock } = options.board;
  const { happenings, log } = options;
  const last = await readJournal(flash, log);
  const recovered = await finishClips(flash, signer, last.state, log);
  for (const clip of recovered.finished) log.warn({ clip }, 'finished a clip after power loss');

  let capacityBytes = options.capacityBytes;
  const logs = new Map<Ulid, ChunkLog>();
  const rejected = new Set<Ulid>();
  const state = { ...recovered.state, boot: last.state.boot + 1, stopped: null };
  const journal: Journal = await beginJournal(flash, state, last.generation, async () => {
    // The journal itself is out of room: bytes go first, the record follows. A power cut between is seen at boot.
    const victim = nextVictim(true);
    if (victim === null) return false;
    await removeFiles(victim.clip);
    announce(decideEviction(victim.clip, victim.because));
    return true;
  });
  await removeOrphans(flash, state);

  const newId = (): Ulid => makeUlid(clock.now(), (count) => entropy.bytes(count));

  function bytesOf(record: ClipRecord): number {
    const { opening, final, stills, evicted } = record;
    if (evicted) return 0;
    const known = logs.get(opening.clip)?.fileBytes;
    const chunkBytes = known ?? (final === null ? 0 : framedBytes(final.size));
    return stills.reduce((sum, { bytes }) => sum + bytes, chunkBytes);
  }

  const usedBytes = (): number =>
    journal.state().clips.reduce((sum, record) => sum + bytesOf(record), journal.bytes());

  function nextVictim(forRing: boolean): { clip: Ulid; because: string } | null {
    const clips = journal.state().clips.map(
      (record): SpooledClip => ({
        clip: record.opening.clip,
        seq: record.opening.seq,
        rang: rang(record),
        bytes: bytesOf(record),
        recording: record.final === null,
        rejected: rejected.has(record.opening.clip),
      }),
    );
    const verdict = chooseEviction(clips, forRing);
    return verdict.kind === 'evict' ? verdict : null;
  }

  function transact<Result>(decide: (transaction: SpoolTransaction) => Result) {
    const transaction = beginTransaction(journal.state(), signer);
    const result = decide(transaction);
    const durable = journal.commit(transaction.facts).then(() => {
      for (const fact of transaction.facts) {
        const happening = happeningOf(fact);
        if (happening !== null) happenings.tell(happening);
      }
    });
    return { result, durable };
  }

  function decideEviction(clip: Ulid, because: string): Promise<void> {
    log.warn({ clip, because }, 'evicted a clip');
    return transact((transaction) => {
      const final = transaction.evictClip(clip, because);
      transaction.makeEvent({
        id: newId(),
        kind: 'evicted',
        at: clock.now(),
        clip,
        data: { reason: because, seq: final.seq, chunks: final.chunks, size: final.size },
      });
    }).durable;
  }

  /** For a record whose durability is awaited elsewhere: its failure shows with the next commit. */
  function announce(durable: Promise<void>): void {
    durable.catch((error: unknown) => log.error({ error }, 'could not record an eviction'));
  }

  async function removeFiles(clip: Ulid): Promise<void> {
    const stills = clipIn(journal.state(), clip)?.stills ?? [];
    logs.delete(clip);
    await flash.remove(chunksPath(clip));
    for (const { still } of stills) await flash.remove(stillPath(still));
  }

  async function evict(clip: Ulid, because: string): Promise<void> {
    const stills = clipIn(journal.state(), clip)?.stills ?? [];
    await decideEviction(clip, because);
    logs.delete(clip);
    await flash.remove(chunksPath(clip));
    for (const { still } of stills) await flash.remove(stillPath(still));
  }

  async function makeRoom(bytes: number, forRing: boolean): Promise<boolean> {
    while (usedBytes() + bytes + journalReserveBytes > capacityBytes) {
      const victim = nextVictim(forRing);
      if (victim === null) return false;
      await evict(victim.clip, victim.because);
    }
    return true;
  }

  /** Runs `write`, giving up clips as long as the flash says it is full. */
  async function withRoom(forRing: boolean, write: () => Promise<void>): Promise<boolean> {
    for (;;) {
      try {
        await write();
        return true;
      } catch (error) {
        if (!(error instanceof FlashFullError)) throw error;
        const victim = nextVictim(forRing);
        if (victim === null) return false;
        await evict(victim.clip, victim.because);
      }
    }
  }

  const ringing = (clip: Ulid): boolean => {
    const record = clipIn(journal.state(), clip);
    return record !== undefined && rang(record);
  };

  return {
    previous:
      last.generation === 0
        ? null
        : last.state.stopped === null
          ? 'power-loss'
          : last.state.stopped.restart
            ? 'restarted'
            : 'stopped',
    spool: {
      state: () => journal.state(),
      durableState: () => journal.durableState(),
      transact,
      newId,
      usedBytes,
      setCapacity(bytes) {
        capacityBytes = bytes;
      },
      markRejected: (clip) => rejected.add(clip),
      async append(clip, fragments) {
        const before = logs.get(clip) ?? emptyChunkLog;
        const framed = frameFragments(before, fragments);
        if (framed.log.chunks.length > limits.chunksPerClipMax) {
          return { kind: 'refused', because: 'clip-too-large' };
        }
        const path = chunksPath(clip);
        const fits =
          (await makeRoom(framed.bytes.length, ringing(clip))) &&
          (await withRoom(ringing(clip), async () => {
            try {
              await flash.append(path, framed.bytes);
            } catch (error) {
              if (before.fileBytes > 0) await flash.truncate(path, before.fileBytes);
              else await flash.remove(path);
              throw error;
            }
            await flash.sync(path);
          }));
        if (!fits) return { kind: 'refused', because: 'spool-full' };
        if (before.fileBytes === 0) await flash.syncNames(spoolFolder);
        logs.set(clip, framed.log);
        happenings.tell({
          kind: 'chunks-recorded',
          clip,
          log: framed.log,
          bytes: framed.added.map(({ offset, length }) => {
            const from = offset - before.fileBytes;
            return framed.bytes.subarray(from, from + length);
          }),
        });
        return { kind: 'recorded' };
      },
      async keepStill(clip, jpeg) {
        const record = clipIn(journal.state(), clip);
        if (record === undefined || record.evicted) return null;
        if (record.stills.length >= limits.stillsPerClipMax) return null;
        const still = newId();
        const path = stillPath(still);
        const fits =
          (await makeRoom(jpeg.length, ringing(clip))) &&
          (await withRoom(ringing(clip), async () => {
            await flash.write(path, jpeg);
            await flash.sync(path);
          }));
        // The clip may have left, or been given up, while its still was written.
        const held = clipIn(journal.state(), clip);
        if (!fits || held === undefined || held.evicted) {
          await flash.remove(path);
          return null;
        }
        await flash.syncNames(spoolFolder);
        await transact((transaction) => {
          transaction.add({ kind: 'still-kept', clip, still, bytes: jpeg.length });
        }).durable;
        return still;
      },
      async chunksOf(clip) {
        const known = logs.get(clip);
        if (known !== undefined) return known;
        const file = await flash.read(chunksPath(clip));
        const read = file === null ? emptyChunkLog : readChunkLog(file);
        logs.set(clip, read);
        return read;
      },
      knownChunks: (clip) => logs.get(clip)?.chunks ?? null,
      async readChunk(clip, chunk) {
        const record = clipIn(journal.state(), clip);
        if (record === undefined || record.evicted) return null;
        const bytes = await flash.readRange(chunksPath(clip), chunk.offset, chunk.length);
        assert(bytes.length === chunk.length, 'what was synced is there');
        return bytes;
      },
      readStill: (still) => flash.read(stillPath(still)),
      async release(clip) {
        const stills = clipIn(journal.state(), clip)?.stills ?? [];
        await transact((transaction) => transaction.add({ kind: 'clip-released', clip })).durable;
        logs.delete(clip);
        rejected.delete(clip);
        await flash.remove(chunksPath(clip));
        for (const { still } of stills) await flash.remove(stillPath(still));
      },
    },
  };

  function happeningOf(fact: SpoolTransaction['facts'][number]): Happening | null {
    switch (fact.kind) {
      case 'clip-opened':
        return { kind: 'clip-began', opening: fact.opening };
      case 'trigger-added':
        return { kind: 'trigger-added', clip: fact.clip, trigger: fact.trigger };
      case 'event-made':
        return { kind: 'event', event: fact.event };
      case 'still-kept':
        return { kind: 'still-kept', clip: fact.clip, still: fact.still, bytes: fact.bytes };
      case 'clip-closed':
        return {
          kind: 'clip-ended',
          final: fact.final,
          because: fact.final.reason ?? fact.final.disposition,
        };
      case 'clip-evicted':
        return {
          kind: 'clip-evicted',
          final: fact.final,
          because: fact.final.reason ?? 'evicted',
        };
      case 'clip-released':
      case 'events-acknowledged':
      case 'settings-taken':
      case 'stopped':
        return null;
    }
  }
}
