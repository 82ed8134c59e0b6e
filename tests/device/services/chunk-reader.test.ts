import { expect, test } from 'vitest';
import { FlashError } from '../../../device/board.ts';
import { type Chunk, emptyChunkLog, frameFragments } from '../../../device/core/chunk-log.ts';
import { MemoryFlash } from '../../../device/peripherals/memory-flash.ts';
import { createChunkReader } from '../../../device/services/chunk-reader.ts';
import { chunksPath } from '../../../device/services/spool-recovery.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { seconds } from '../../../device/wire/time.ts';
import { sampleBytes, ulidNumbered } from '../../support/cloud/clip-samples.ts';

const one = ulidNumbered(1);
const two = ulidNumbered(2);
const full = limits.chunkBytesMax;

/** Clips of twelve full chunks on a flash that counts how often it is read. */
async function openShelf(...clips: readonly Ulid[]) {
  const flash = new MemoryFlash(16 * 1024 * 1024);
  const footage = new Map(
    clips.map((clip) => [
      clip,
      frameFragments(emptyChunkLog, [
        { bytes: sampleBytes(12 * full, `footage of ${clip}`), recordedMs: seconds(1) },
      ]),
    ]),
  );
  const of = (clip: Ulid) => footage.get(clip) ?? { bytes: new Uint8Array(), log: emptyChunkLog };
  for (const clip of clips) await flash.append(chunksPath(clip), of(clip).bytes);
  const { log } = of(one);
  const shelf = {
    here: new Set(clips),
    syncedBytes: log.fileBytes,
    reads: 0,
    givenUp: [] as string[],
    onRead: (): void => {},
    /** What a read gives, of what stands on flash. */
    onBytes: (bytes: Uint8Array): Uint8Array => bytes,
  };
  const counted = Object.assign(Object.create(flash), {
    async readRange(path: string, offset: number, length: number) {
      shelf.reads++;
      shelf.onRead();
      return shelf.onBytes(await flash.readRange(path, offset, length));
    },
  });
  const read = createChunkReader(
    { flash: counted },
    {
      isHere: (clip) => shelf.here.has(clip),
      syncedBytes: () => shelf.syncedBytes,
      async giveUp(clip, because) {
        shelf.givenUp.push(`${clip}: ${because}`);
      },
    },
  );
  const chunkAt = (index: number, clip = one): Chunk => {
    const chunk = of(clip).log.chunks[index];
    if (chunk === undefined) throw new Error(`there is no chunk ${index}`);
    return chunk;
  };
  /** Reads them one after the other; the indices whose bytes are not what was recorded. */
  const wrong = async (clip: Ulid, indices: readonly number[]): Promise<readonly number[]> => {
    const found: number[] = [];
    for (const index of indices) {
      const { offset, length } = chunkAt(index, clip);
      const got = await read(clip, chunkAt(index, clip));
      const recorded = of(clip).bytes.subarray(offset, offset + length);
      if (got === null || Buffer.compare(got, recorded) !== 0) found.push(index);
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
  const { wrong } = await openShelf(one, two);
  for (const [clip, index] of [
    [two, 1],
    [one, 0],
    [one, 1],
    [two, 2],
    [one, 2],
  ] as const) {
    expect(await wrong(clip, [index])).toEqual([]);
  }
});

test('a bit that a read gave wrong is read again', async () => {
  const { shelf, wrong } = await openShelf(one);
  shelf.onBytes = (bytes) => {
    shelf.onBytes = (same) => same;
    return bytes.with(5000, (bytes[5000] ?? 0) ^ 4);
  };
  expect(await wrong(one, inOrder)).toEqual([]);
  expect(shelf.givenUp).toEqual([]);
});

test('a chunk that is damaged on flash is not sent for ever: its clip is given up [DEV-3]', async () => {
  const { flash, shelf, wrong, chunkAt, read } = await openShelf(one);
  const file = (await flash.read(chunksPath(one))) ?? new Uint8Array();
  const at = chunkAt(5).offset + 7;
  await flash.write(chunksPath(one), file.with(at, (file[at] ?? 0) ^ 1));
  expect(await wrong(one, [3, 4])).toEqual([]);
  expect(await read(one, chunkAt(5))).toBeNull();
  expect(shelf.givenUp).toEqual([`${one}: its bytes on flash are damaged`]);
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
  expect(await read(two, chunkAt(0, two))).toBeNull();
});
