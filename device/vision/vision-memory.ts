/**
 * The arrays of one detector, laid out one behind the other where its kernels reach them. What lies before the first
 * and behind the last lets a kernel look a row or sixteen bytes too far.
 */
import assert from 'node:assert/strict';
import type { CellGrid } from './cell-grid.ts';

export type VisionMemory = Arrays & {
  /** Arrays that hold nothing from one call of a kernel to the next: each of these lies over the others. */
  scratch(): Arrays;
};

type Arrays = {
  bytes(count: number): Uint8Array;
  words(count: number): Uint16Array;
  integers(count: number): Int32Array;
  floats(count: number): Float32Array;
};

/** What all arrays of a detector take at most: by pixel, by cell, by row or column, and whatever the picture. */
const bytesPerPixel = 19;
const bytesPerCell = 22;
const bytesPerLine = 16;
const otherBytes = 86_016;
const scratchBytesPerCell = 46;
const otherScratchBytes = 21_504;
const alignBytes = 16;

export const memoryBytes = (grid: CellGrid): number => scratchFrom(grid) + scratchBytes(grid);

const scratchFrom = ({ widthPx, heightPx, columns, rows }: CellGrid): number =>
  roundUp(
    widthPx * heightPx * bytesPerPixel +
      columns * rows * bytesPerCell +
      (widthPx + heightPx) * bytesPerLine +
      otherBytes,
  );

const scratchBytes = ({ columns, rows }: CellGrid): number =>
  columns * rows * scratchBytesPerCell + otherScratchBytes;

export function layOut(buffer: ArrayBuffer, grid: CellGrid): VisionMemory {
  const from = scratchFrom(grid);
  return {
    ...arraysIn(buffer, roundUp(2 * grid.widthPx + alignBytes), from),
    scratch: () => arraysIn(buffer, from, from + scratchBytes(grid)),
  };
}

function arraysIn(buffer: ArrayBuffer, from: number, to: number): Arrays {
  let next = from;
  const take = (byteLength: number): number => {
    const at = next;
    next = roundUp(at + byteLength);
    assert(next + alignBytes <= to, 'the arrays outgrow what they were given');
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
