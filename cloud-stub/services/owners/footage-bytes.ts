/** Reading a clip's bytes by range: only the chunks a range touches are decrypted. */
import type { ClipKey, VaultReader } from '../../ports.ts';
import { VaultError } from '../../ports.ts';

/** The footage of one clip as it was when opened: whole chunks from the first without a gap. */
export type ClipBytes = {
  readonly sizeBytes: number;
  readonly state: 'arriving' | 'stored';
  readonly root: string | null;
  /** Bytes from `from` (inclusive) to `to` (exclusive). Throws VaultError when a chunk is gone or altered. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
};

/** Where each chunk begins, and after the last where the clip ends. */
function chunkOffsets(reader: VaultReader, chunksMax: number): readonly number[] {
  const stored = reader.chunks();
  const offsets = [0];
  let end = 0;
  for (let index = 0; index < chunksMax; index++) {
    const chunk = stored.get(index);
    if (chunk === undefined) break;
    end += chunk.length;
    offsets.push(end);
  }
  return offsets;
}

/** The last chunk that begins at or before `position`. */
function chunkAt(offsets: readonly number[], position: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((offsets[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** `chunks` is how many belong to the clip; null while it arrives: as many as there are without a gap. */
export function clipBytes(
  key: ClipKey,
  reader: VaultReader,
  chunks: number | null,
  root: string | null,
): ClipBytes {
  const offsets = chunkOffsets(reader, chunks ?? Number.POSITIVE_INFINITY);
  if (chunks !== null && offsets.length - 1 < chunks) {
    throw new VaultError(key, `chunk ${offsets.length - 1} of ${chunks} is not there`);
  }
  const sizeBytes = offsets.at(-1) ?? 0;
  return {
    sizeBytes,
    state: chunks === null ? 'arriving' : 'stored',
    root,
    async *read(from, to) {
      const end = Math.min(to, sizeBytes);
      let position = Math.max(0, from);
      for (let index = chunkAt(offsets, position); position < end; index++) {
        const start = offsets[index] ?? sizeBytes;
        const chunk = await reader.read(index);
        const part = chunk.subarray(position - start, end - start);
        position += part.length;
        yield part;
      }
    },
    close: () => reader.close(),
  };
}
