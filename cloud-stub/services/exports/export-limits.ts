/** Every limit of exports, in one place, and how they relate. */
import assert from 'node:assert/strict';
import { limits } from '../../../device/wire/limits.ts';
import { seconds } from '../../../device/wire/time.ts';
import { bagLimits } from '../../legal/export-manifest.ts';

const MiB = 1024 * 1024;

const writerLimits = {
  /** Appended to a segment before a sync begins; as much again while it is under way. */
  unsyncedBytesMax: 4 * MiB,
  /** Files durable or about to be that no row names yet: what a crash costs. */
  unrecordedFilesMax: 256,
  /** A file begins a new segment after so many chunks. */
  segmentChunks: 2048,
} as const;
export type WriterLimits = { readonly [Limit in keyof typeof writerLimits]: number };

export const exportLimits = {
  clipsMax: 10_000,
  recordsMax: 200_000,
  documentsMax: 100,
  documentBytesMax: 50 * MiB,
  /** Names and titles of people, and the provider's name. */
  nameCharsMax: 200,
  /** Of those who seal: what a certificate holds (X.520, upper bounds). */
  certifiedNameCharsMax: 64,

  ...writerLimits,
  rowsPerRead: 200,
  /** How often an export at work says that it lives; a lease lasts a minute at the least. */
  heartbeatMs: seconds(20),
} as const;

/** Of a clip: video, keys, record, twice signed bytes and signature, key, certificate, and its stills. */
const filesPerClipMax = 9 + limits.stillsPerClipMax;
const otherFilesMax = 50;
assert(
  exportLimits.clipsMax * filesPerClipMax + exportLimits.documentsMax + otherFilesMax <=
    bagLimits.filesMax,
  'no bag is refused by its own verifier',
);
