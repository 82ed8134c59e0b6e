import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  emptyChunkLog,
  framedBytes,
  frameFragments,
  readChunkLog,
} from '../../../device/core/chunk-log.ts';
import { crc32c } from '../../../device/wire/crc32c.ts';
import { limits } from '../../../device/wire/limits.ts';
import { milliseconds } from '../../../device/wire/time.ts';

const fragmentOf = (length: number, fill: number) => ({
  bytes: new Uint8Array(length).fill(fill),
  recordedMs: milliseconds(fill * 1000),
});

test('a fragment is one chunk, or several of at most 120 KiB', () => {
  const { added } = frameFragments(emptyChunkLog, [
    fragmentOf(limits.chunkBytesMax, 1),
    fragmentOf(limits.chunkBytesMax + 1, 2),
  ]);
  expect(added.map(({ length, endsFragment }) => [length, endsFragment])).toEqual([
    [limits.chunkBytesMax, true],
    [limits.chunkBytesMax, false],
    [1, true],
  ]);
});

test('what was framed is read back the same, whatever fragments there were', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 12 }), (lengths) => {
      const parts = lengths.map((length, i) => fragmentOf(length, i));
      const framed = frameFragments(emptyChunkLog, parts);
      expect(readChunkLog(framed.bytes)).toEqual(framed.log);
      expect(
        framed.log.chunks.map(({ offset, length }) =>
          crc32c(framed.bytes.subarray(offset, offset + length)),
        ),
      ).toEqual(framed.log.chunks.map((chunk) => chunk.crc32c));
      expect(framed.bytes.length).toBe(
        lengths.reduce((sum, length) => sum + framedBytes(length), 0),
      );
    }),
  );
});

test('[DEV-3] a file cut or spoilt anywhere reads as the whole fragments before that place', () => {
  const parts = [fragmentOf(100, 1), fragmentOf(limits.chunkBytesMax + 50, 2), fragmentOf(80, 3)];
  const framed = frameFragments(emptyChunkLog, parts);
  const ends = framed.log.chunks
    .filter(({ endsFragment }) => endsFragment)
    .map(({ offset, length }) => offset + length);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: framed.bytes.length - 1 }), fc.boolean(), (at, spoil) => {
      const file = spoil ? Uint8Array.from(framed.bytes) : framed.bytes.subarray(0, at);
      if (spoil) file[at] = (file[at] ?? 0) ^ 0x55;
      expect(readChunkLog(file).fileBytes).toBe(ends.findLast((end) => end <= at) ?? 0);
    }),
    { numRuns: 300 },
  );
});
