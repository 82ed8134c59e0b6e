/**
 * The arrays of one detector, laid out one behind the other where its kernels reach them. What lies before the first
 * and behind the last lets a kernel look a row or sixteen bytes too far.
 */
import assert from 'node:assert/strict';
import type { CellGrid } from './cell-grid.ts';

export type VisionMemory = {
  bytes(count: number): Uint8Array;
  words(count: number): Uint16Array;
  integers(count: number): Int32Array;
  floats(count: number): Float32Array;
};

/** What all arrays of a detector take at most: by pixel, by cell, by row or column, and whatever the picture. */
const bytesPerPixel = 19;
const bytesPerCell = 81;
const bytesPerLine = 16;
const otherBytes = 122_880;
const alignBytes = 16;

export const memoryBytes = ({ widthPx, heightPx, columns, rows }: CellGrid): number =>
  widthPx * heightPx * bytesPerPixel +
  columns * rows * bytesPerCell +
  (widthPx + heightPx) * bytesPerLine +
  otherBytes;

export function layOut(buffer: ArrayBuffer, { widthPx }: CellGrid): VisionMemory {
  let next = roundUp(2 * widthPx + alignBytes);
  const take = (byteLength: number): number => {
    const at = next;
    next = roundUp(at + byteLength);
    assert(next + alignBytes <= buffer.byteLength, 'the arrays outgrow what they were given');
    return at;
  };
  return {
    bytes: (count) => new Uint8Array(buffer, take(count), count),
    words: (count) => new Uint16Array(buffer, take(2 * count), count),
    integers: (count) => new Int32Array(buffer, take(4 * count), count),
    floats: (count) => new Float32Array(buffer, take(4 * count), count),
  };
}

const roundUp = (bytes: number): number => Math.ceil(bytes / alignBytes) * alignBytes;
