import { expect, test } from 'vitest';
import { FlashError } from '../../../device/board.ts';
import { type Chunk, emptyChunkLog, frameFragments } from '../../../device/core/chunk-log.ts';
import { MemoryFlash } from '../../../device/peripherals/memory-flash.ts';
import { createChunkReader } from '../../../device/services/chunk-reader.ts';
import { chunksPath } from '../../../device/services/spool-recovery.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { seconds } from '../../../device/wire/time.ts';
import { sampleBytes, ulidNumbered } from '../../support/clip-samples.ts';

const one = ulidNumbered(1);
const two = ulidNumbered(2);
const full = limits.chunkBytesMax;

/** Clips of twelve full chunks on a flash that counts how often it is read. */
async function openShelf(...clips: readonly Ulid[]) {
  const flash = new MemoryFlash(16 * 1024 * 1024);
  const { log, bytes } = frameFragments(emptyChunkLog, [
    { bytes: sampleBytes(12 * full, 'footage'), recordedMs: seconds(1) },
  ]);
  for (const clip of clips) await flash.append(chunksPath(clip), bytes);
  const shelf = { here: new Set(clips), syncedBytes: log.fileBytes, reads: 0, onRead: () => {} };
  const counted = Object.assign(Object.create(flash), {
    readRange(path: string, offset: number, length: number) {
      shelf.reads++;
      shelf.onRead();
      return flash.readRange(path, offset, length);
    },
  });
  const read = createChunkReader(
    { flash: counted },
    { isHere: (clip) => shelf.here.has(clip), syncedBytes: () => shelf.syncedBytes },
  );
  const chunkAt = (index: number): Chunk => {
    const chunk = log.chunks[index];
    if (chunk === undefined) throw new Error(`there is no chunk ${index}`);
    return chunk;
  };
  const recorded = ({ offset, length }: Chunk) => bytes.subarray(offset, offset + length);
  /** Reads them one after the other; the indices whose bytes are not what was recorded. */
  const wrong = async (clip: Ulid, indices: readonly number[]): Promise<readonly number[]> => {
    const found: number[] = [];
    for (const index of indices) {
      const chunk = chunkAt(index);
      const got = await read(clip, chunk);
      if (got === null || Buffer.compare(got, recorded(chunk)) !== 0) found.push(index);
    }
    return found;
  };
  return { flash, log, shelf, read, chunkAt, wrong };
}

const inOrder = Array.from({ length: 12 }, (_, i) => i);

test('chunks that are asked for one after the other are read four at a time', async () => {
  const { shelf, wrong } = await openShelf(one);
  expect(await wrong(one, inOrder)).toEqual([]);
  expect(shelf.reads).toBe(3);
});

test.each([
  ['backwards', [...inOrder].reverse()],
  ['with gaps, and again', [0, 5, 1, 1, 11, 4, 3, 2, 0, 10]],
])('%s each chunk is its own bytes', async (_how, indices) => {
  const { wrong } = await openShelf(one);
  expect(await wrong(one, indices)).toEqual([]);
});

test('clips in turns are not taken for each other', async () => {
  const { flash, wrong, read, chunkAt } = await openShelf(one, two);
  await flash.write(chunksPath(two), sampleBytes(12 * full + 1000, 'other footage'));
  const other = await read(two, chunkAt(1));
  expect(await wrong(one, [0, 1])).toEqual([]);
  expect(await read(two, chunkAt(1))).toEqual(other);
  expect(await wrong(two, [2])).toEqual([2]);
});

test('what is not synced is not kept: it may be cut off and written anew [DEV-3]', async () => {
  const { flash, log, shelf, wrong, chunkAt } = await openShelf(one);
  const whole = await flash.read(chunksPath(one));
  // Behind the second chunk stands what a full flash took of a fragment.
  const { offset, length } = chunkAt(1);
  shelf.syncedBytes = offset + length;
  await flash.truncate(chunksPath(one), shelf.syncedBytes);
  await flash.append(chunksPath(one), sampleBytes(8 * full, 'torn'));
  expect(await wrong(one, [0])).toEqual([]);
  await flash.write(chunksPath(one), whole ?? new Uint8Array());
  shelf.syncedBytes = log.fileBytes;
  expect(await wrong(one, [1, 2, 3, 4])).toEqual([]);
});

test.each([
  ['before it is read', (shelf: { here: Set<Ulid> }) => shelf.here.clear(), 0],
  ['once it was read ahead', () => {}, 1],
])('of a clip that left %s there is nothing', async (_when, leave, read) => {
  const opened = await openShelf(one);
  leave(opened.shelf);
  expect(await opened.wrong(one, [0])).toEqual(read === 1 ? [] : [0]);
  opened.shelf.here.clear();
  expect(await opened.read(one, opened.chunkAt(1))).toBeNull();
  expect(opened.shelf.reads).toBe(read);
});

test('a clip that leaves while it is read is no failure; a flash that fails is', async () => {
  const { flash, shelf, read, chunkAt } = await openShelf(one, two);
  await flash.remove(chunksPath(one));
  await expect(read(one, chunkAt(0))).rejects.toThrow(FlashError);
  shelf.onRead = () => shelf.here.delete(one);
  expect(await read(one, chunkAt(0))).toBeNull();
  shelf.onRead = () => shelf.here.delete(two);
  expect(await read(two, chunkAt(0))).toBeNull();
});
