/**
 * What a boot does with the spool it finds: clips that power loss left unfinished are cut to their last whole
 * fragment and finished, in the order of `seq`, before anything new begins; what no fact names is removed.
 */
import type { Flash, Signer } from '../board.ts';
import { type ChunkLog, emptyChunkLog, readChunkLog } from '../core/chunk-log.ts';
import type { ClipRecord, SpoolState } from '../core/spool-state.ts';
import type { Log } from '../log.ts';
import type { Ulid } from '../wire/ids.ts';
import { later, milliseconds } from '../wire/time.ts';
import { spoolFolder } from './journal.ts';
import { beginTransaction } from './spool-transaction.ts';

export const chunksPath = (clip: Ulid): string => `${spoolFolder}/${clip}.chunks`;
export const stillPath = (still: Ulid): string => `${spoolFolder}/${still}.jpg`;

export type Recovered = {
  readonly state: SpoolState;
  readonly finished: readonly Ulid[];
};

/** `state` with every clip finished; to be written as the new journal's first frame. */
export async function finishClips(
  flash: Flash,
  signer: Signer,
  state: SpoolState,
  log: Log,
): Promise<Recovered> {
  const transaction = beginTransaction(state, signer);
  const finished: Ulid[] = [];
  const names = new Set(await flash.list(spoolFolder));
  for (const record of state.clips.filter(({ final }) => final === null)) {
    const chunks = await salvage(flash, record, log);
    transaction.closeClip(
      record.opening.clip,
      {
        disposition: 'truncated',
        reason: 'power-loss',
        endedAt: later(
          record.opening.startedAt,
          chunks.chunks.at(-1)?.recordedMs ?? milliseconds(0),
        ),
      },
      chunks,
    );
    finished.push(record.opening.clip);
  }
  for (const { opening, final, evicted } of state.clips) {
    const lost = final !== null && final.chunks > 0 && !names.has(`${opening.clip}.chunks`);
    // Its bytes were removed to make room, and the power failed before that could be written down.
    if (lost && !evicted) transaction.evictClip(opening.clip, 'spool full, bytes were removed');
  }
  return { state: transaction.state(), finished };
}

/**
 * What the clip's file holds; null: there is no file. What seems torn is read once more, for a read may err where the
 * flash does not, and what is taken for torn is cut or given up.
 */
export async function readChunks(
  flash: Flash,
  clip: Ulid,
): Promise<{ readonly chunks: ChunkLog; readonly fileBytes: number } | null> {
  const file = await flash.read(chunksPath(clip));
  if (file === null) return null;
  const chunks = readChunkLog(file);
  if (chunks.fileBytes === file.length) return { chunks, fileBytes: file.length };
  const again = readChunkLog((await flash.read(chunksPath(clip))) ?? new Uint8Array());
  return {
    chunks: again.fileBytes > chunks.fileBytes ? again : chunks,
    fileBytes: file.length,
  };
}

/** Cuts the torn tail, and makes sure that what was read is not only in a cache. */
async function salvage(flash: Flash, { opening }: ClipRecord, log: Log): Promise<ChunkLog> {
  const path = chunksPath(opening.clip);
  const found = await readChunks(flash, opening.clip);
  if (found === null) return emptyChunkLog;
  const { chunks, fileBytes } = found;
  if (chunks.fileBytes < fileBytes) {
    log.info({ clip: opening.clip, bytes: fileBytes - chunks.fileBytes }, 'cut a torn fragment');
    await flash.truncate(path, chunks.fileBytes);
  }
  await flash.sync(path);
  await flash.syncNames(spoolFolder);
  return chunks;
}

/** Removes what no fact names: bytes whose clip never became durable or has left, journals half made. */
export async function removeOrphans(flash: Flash, state: SpoolState): Promise<void> {
  const known = new Set(
    state.clips.flatMap(({ opening, stills, evicted }) =>
      evicted ? [] : [`${opening.clip}.chunks`, ...stills.map(({ still }) => `${still}.jpg`)],
    ),
  );
  for (const name of await flash.list(spoolFolder)) {
    const ours = /\.(chunks|jpg|new)$/.test(name);
    if (ours && !known.has(name)) await flash.remove(`${spoolFolder}/${name}`);
  }
}
