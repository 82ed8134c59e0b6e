/**
 * The journal on flash: facts become durable in the order in which they were decided, those of one decision
 * together. Facts that wait while a sync is under way share the next one. Every boot, and whenever the file has grown
 * enough, the state is written anew as one frame: write, sync, rename, sync the names. [DEV-3]
 */
import assert from 'node:assert/strict';
import { type Flash, FlashError, FlashFullError } from '../board.ts';
import {
  checkpointEveryBytes,
  encodeCheckpoint,
  type JournalContent,
  readContent,
} from '../core/journal-content.ts';
import { decodeFrames, encodeFrame, type Frames } from '../core/journal-frames.ts';
import { applyFact, newSpool, type SpoolFact, type SpoolState } from '../core/spool-state.ts';
import type { Log } from '../log.ts';
import { createWorkQueue } from './work-queue.ts';

export const spoolFolder = 'spool';
const journalName = /^journal-(\d{1,9})$/;

export type Journal = {
  /** Everything decided so far, durable or about to be. */
  state(): SpoolState;
  durableState(): SpoolState;
  /** Takes the facts over at once; resolves when they are durable. Throws FlashError. */
  commit(facts: readonly SpoolFact[]): Promise<void>;
  /** Bytes on flash. */
  bytes(): number;
};

/** What the journal of the last run says; the newest file that was made whole counts. */
export async function readJournal(
  flash: Flash,
  log: Log,
): Promise<JournalContent & { readonly generation: number }> {
  const generations = await generationsOn(flash);
  const generation = generations.at(-1);
  if (generation === undefined) return { state: newSpool, loss: null, generation: 0 };
  const path = journalPath(generation);
  const frames = await readFrames(flash, path);
  if (frames.tornBytes > 0) log.warn({ bytes: frames.tornBytes }, 'cut a torn journal');
  return { ...readContent(frames, generation), generation };
}

/** A read may err where the flash does not: what seems damaged or torn is read until it is not, or twice the same. */
async function readFrames(flash: Flash, path: string): Promise<Frames> {
  let before: Uint8Array | null = null;
  for (;;) {
    const file = await flash.read(path);
    assert(file !== null, 'the flash listed the journal');
    const frames = decodeFrames(file);
    const isSound = frames.tornBytes === 0 && frames.parts.every((part) => 'value' in part);
    const isSame = before !== null && Buffer.compare(before, file) === 0;
    if (isSound || isSame) return frames;
    before = file;
  }
}

/** What to do when the flash is full, neither waiting for the journal. */
export type JournalRoom = {
  /** Frees flash, and says whether it freed anything. */
  readonly make: () => Promise<boolean>;
  /** There is nothing to free: resolves when it is worth trying again. What was decided is kept meanwhile. */
  readonly wait: () => Promise<void>;
};

/** Begins a new journal with `state` as its first frame. Throws FlashFullError, having changed nothing. */
export async function beginJournal(
  flash: Flash,
  initial: SpoolState,
  generation: number,
  room: JournalRoom,
): Promise<Journal> {
  let state = initial;
  let durable = initial;
  let current = generation;
  let bytes = 0;
  let checkpointBytes = 0;
  let waiting: SpoolFact[][] = [];
  let flushing: Promise<void> | null = null;
  /** A sync has failed: what follows in this file would follow a hole. */
  let hasHole = false;
  /** Why nothing can be made durable any more. */
  let failure: { readonly error: unknown } | null = null;
  const queue = createWorkQueue();

  async function checkpoint(of: SpoolState, next: number): Promise<void> {
    const path = journalPath(next);
    const frames = encodeCheckpoint(of);
    try {
      await flash.write(`${path}.new`, frames);
    } catch (error) {
      await flash.remove(`${path}.new`);
      throw error;
    }
    await flash.sync(`${path}.new`);
    await flash.rename(`${path}.new`, path);
    await flash.syncNames(spoolFolder);
    current = next;
    bytes = frames.length;
    checkpointBytes = frames.length;
    for (const older of await generationsOn(flash)) {
      if (older < next) await flash.remove(journalPath(older));
    }
  }

  async function flush(): Promise<void> {
    flushing = null;
    for (;;) {
      if (failure !== null) throw failure.error;
      const batch = waiting;
      waiting = [];
      try {
        await write(batch);
        durable = batch.flat().reduce(applyFact, durable);
        return;
      } catch (error) {
        waiting = [...batch, ...waiting];
        if (error instanceof FlashFullError) {
          if (!(await room.make())) await room.wait();
        } else if (error instanceof FlashError && !hasHole) {
          hasHole = true; // once more, in a file of its own
        } else {
          failure = { error };
          throw error;
        }
      }
    }
  }

  async function write(batch: readonly (readonly SpoolFact[])[]): Promise<void> {
    if (batch.length === 0) return;
    if (hasHole || bytes > checkpointBytes + checkpointEveryBytes) {
      // `state` already holds the batch, so the checkpoint makes it durable too.
      await checkpoint(state, current + 1);
      hasHole = false;
      return;
    }
    const frames = Buffer.concat(batch.map((facts) => encodeFrame(facts)));
    const path = journalPath(current);
    try {
      await flash.append(path, frames);
    } catch (error) {
      // A part of the frames may stand there: later frames must not follow a torn one.
      await flash.truncate(path, bytes);
      throw error;
    }
    await flash.sync(path);
    bytes += frames.length;
  }

  await checkpoint(initial, generation + 1);
  await flash.syncNames('');
  return {
    state: () => state,
    durableState: () => durable,
    commit(facts) {
      if (facts.length > 0) {
        state = facts.reduce(applyFact, state);
        waiting.push([...facts]);
      }
      flushing ??= queue.add(flush);
      return flushing;
    },
    bytes: () => bytes,
  };
}

const journalPath = (generation: number): string => `${spoolFolder}/journal-${generation}`;

async function generationsOn(flash: Flash): Promise<readonly number[]> {
  const names = await flash.list(spoolFolder);
  return names
    .flatMap((name) => journalName.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}
