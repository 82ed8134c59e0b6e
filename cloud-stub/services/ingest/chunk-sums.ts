/** Sums over the first chunks of a clip, from what the vault knows of them. */
import assert from 'node:assert/strict';
import { clipRoot } from '../../../device/wire/codec.ts';
import type { StoredChunk } from '../../ports.ts';

type Chunks = ReadonlyMap<number, StoredChunk>;

/** All of the first `count` chunks must be there. */
function firstChunks(chunks: Chunks, count: number): readonly StoredChunk[] {
  return Array.from({ length: count }, (_, index) => {
    const chunk = chunks.get(index);
    assert(chunk !== undefined, 'every chunk before the count is there');
    return chunk;
  });
}

export const rootOfChunks = (chunks: Chunks, count: number): string =>
  clipRoot(firstChunks(chunks, count).map(({ sha256 }) => sha256));

export const sizeOfChunks = (chunks: Chunks, count: number): number =>
  firstChunks(chunks, count).reduce((sum, { length }) => sum + length, 0);
