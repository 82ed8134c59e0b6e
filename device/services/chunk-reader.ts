/** Chunks from flash for the uplink: it asks for one after the other, so a stretch of the file is read at a time. */
import assert from 'node:assert/strict';
import { type Board, FlashError } from '../board.ts';
import type { Chunk } from '../core/chunk-log.ts';
import { crc32c } from '../wire/crc32c.ts';
import type { Ulid } from '../wire/ids.ts';
import { chunksPath } from './spool-recovery.ts';

/** Of a clip whose bytes are not what was recorded. */
export const damaged = 'its bytes on flash are damaged';

/** Four full chunks: to open a file and close it costs more than to read one of them. */
const stretchBytes = 512 * 1024;

/** The chunk's bytes, or null when its clip has left. */
export type ChunkReader = (clip: Ulid, chunk: Chunk) => Promise<Uint8Array | null>;

export type ChunkShelf = {
  /** Whether the clip is in the spool and its bytes were not given up. */
  readonly isHere: (clip: Ulid) => boolean;
  /** How much of its file is synced. */
  readonly syncedBytes: (clip: Ulid) => number;
  readonly giveUp: (clip: Ulid, because: string) => Promise<void>;
};

type Stretch = { readonly clip: Ulid; readonly from: number; readonly bytes: Uint8Array };

export function createChunkReader(
  { flash }: Pick<Board, 'flash'>,
  { isHere, syncedBytes, giveUp }: ChunkShelf,
): ChunkReader {
  let stretch: Stretch | null = null;

  /** Only what is synced: what stands behind it on flash may be cut off and written anew. */
  async function read(clip: Ulid, { offset, length }: Chunk): Promise<Stretch> {
    const ahead = Math.min(stretchBytes, syncedBytes(clip) - offset);
    const bytes = await flash.readRange(chunksPath(clip), offset, Math.max(length, ahead));
    return { clip, from: offset, bytes };
  }

  async function take(clip: Ulid, chunk: Chunk): Promise<Uint8Array> {
    const found = holds(stretch, clip, chunk) ? stretch : await read(clip, chunk);
    const from = chunk.offset - found.from;
    const bytes = found.bytes.subarray(from, from + chunk.length);
    assert(bytes.length === chunk.length || !isHere(clip), 'what was synced is there');
    // Let go with its last chunk: an upload may pause for long.
    stretch = from + chunk.length < found.bytes.length ? found : null;
    return bytes;
  }

  return async (clip, chunk) => {
    if (!isHere(clip)) return null;
    try {
      const bytes = await take(clip, chunk);
      if (!isHere(clip)) return null;
      if (crc32c(bytes) === chunk.crc32c) return bytes;
      // The cloud would refuse it each time, and the clip be sent for ever. A read may err where the flash does not.
      stretch = null;
      const again = await take(clip, chunk);
      if (!isHere(clip)) return null;
      if (crc32c(again) === chunk.crc32c) return again;
      await giveUp(clip, damaged);
      return null;
    } catch (error) {
      // It may have been given up while it was read; anything else is the flash's failure.
      if (error instanceof FlashError && !isHere(clip)) return null;
      throw error;
    }
  };
}

function holds(stretch: Stretch | null, clip: Ulid, chunk: Chunk): stretch is Stretch {
  if (stretch === null || stretch.clip !== clip) return false;
  const { from, bytes } = stretch;
  return chunk.offset >= from && chunk.offset + chunk.length <= from + bytes.length;
}
