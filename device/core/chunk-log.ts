/**
 * A clip's bytes on flash: its chunks one after the other in one file, each behind a header that says its length,
 * its hashes and where fragments end. One append and one sync a fragment; a torn tail is recognised by its header.
 */
import { sha256 } from '../wire/codec.ts';
import { crc32c } from '../wire/crc32c.ts';
import { type ChunkForm, plainChunks } from '../wire/footage-sealing.ts';
import { limits } from '../wire/limits.ts';
import { type DurationMs, milliseconds } from '../wire/time.ts';

export type Chunk = {
  /** Where its bytes begin in the file, after the header. */
  readonly offset: number;
  readonly length: number;
  readonly crc32c: number;
  readonly sha256: Uint8Array;
  /** The last chunk of a fragment (or of the head): a clip may be cut after it and still play. */
  readonly endsFragment: boolean;
  /** How much of the clip has been recorded when this chunk's fragment ends. */
  readonly recordedMs: DurationMs;
};

export type ChunkLog = {
  readonly chunks: readonly Chunk[];
  /** Length of the file. */
  readonly fileBytes: number;
};

export const emptyChunkLog: ChunkLog = { chunks: [], fileBytes: 0 };

const magic = 0x43484e4b;
const headerBytes = 60;
const endsFragmentFlag = 1;

export type FragmentBytes = { readonly bytes: Uint8Array; readonly recordedMs: DurationMs };

/**
 * Cuts fragments into chunks of at most 120 KiB, as they are or sealed, and says what to append to the file. An empty
 * fragment is one chunk, for the end of what is sealed.
 */
export function frameFragments(
  log: ChunkLog,
  fragments: readonly FragmentBytes[],
  form: ChunkForm = plainChunks,
): { readonly bytes: Uint8Array; readonly log: ChunkLog; readonly added: readonly Chunk[] } {
  const parts: Uint8Array[] = [];
  const added: Chunk[] = [];
  let fileBytes = log.fileBytes;
  for (const { bytes, recordedMs } of fragments) {
    for (let from = 0; from === 0 || from < bytes.length; from += form.pieceBytesMax) {
      const piece = bytes.subarray(from, from + form.pieceBytesMax);
      const body = form.of(log.chunks.length + added.length, piece);
      const chunk: Chunk = {
        offset: fileBytes + headerBytes,
        length: body.length,
        crc32c: crc32c(body),
        sha256: Uint8Array.from(sha256(body)),
        endsFragment: from + piece.length === bytes.length,
        recordedMs,
      };
      parts.push(headerOf(chunk), body);
      added.push(chunk);
      fileBytes += headerBytes + body.length;
    }
  }
  const after = { chunks: [...log.chunks, ...added], fileBytes };
  return { bytes: Buffer.concat(parts), log: after, added };
}

/** What framing adds to a fragment of `length` bytes. */
export const framedBytes = (length: number): number =>
  length + Math.ceil(length / limits.chunkBytesMax) * headerBytes;

/**
 * What a chunk file holds: its chunks up to the last whole fragment. What comes after is a torn tail, never sent,
 * and is to be cut at `fileBytes`.
 */
export function readChunkLog(file: Uint8Array): ChunkLog {
  const chunks: Chunk[] = [];
  let at = 0;
  let whole: ChunkLog = emptyChunkLog;
  for (;;) {
    const chunk = chunkAt(file, at);
    if (chunk === null) return whole;
    chunks.push(chunk);
    at = chunk.offset + chunk.length;
    if (chunk.endsFragment) whole = { chunks: [...chunks], fileBytes: at };
  }
}

function headerOf(chunk: Chunk): Uint8Array {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(magic, 0);
  header.writeUInt32BE(chunk.length, 4);
  header.writeUInt32BE(chunk.crc32c, 8);
  header.writeUInt32BE(chunk.endsFragment ? endsFragmentFlag : 0, 12);
  header.writeUInt32BE(chunk.recordedMs, 16);
  header.set(chunk.sha256, 20);
  header.writeUInt32BE(0, 52);
  header.writeUInt32BE(crc32c(header.subarray(0, headerBytes - 4)), headerBytes - 4);
  return header;
}

/** The chunk whose header stands at `at`, or null when it is not whole and right. */
function chunkAt(file: Uint8Array, at: number): Chunk | null {
  if (at + headerBytes > file.length) return null;
  const header = Buffer.from(file.buffer, file.byteOffset + at, headerBytes);
  if (header.readUInt32BE(0) !== magic) return null;
  if (header.readUInt32BE(headerBytes - 4) !== crc32c(header.subarray(0, headerBytes - 4))) {
    return null;
  }
  const length = header.readUInt32BE(4);
  const offset = at + headerBytes;
  if (length > limits.chunkBytesMax || offset + length > file.length) return null;
  const expected = Uint8Array.from(header.subarray(20, 52));
  if (!sha256(file.subarray(offset, offset + length)).equals(expected)) return null;
  return {
    offset,
    length,
    crc32c: header.readUInt32BE(8),
    sha256: expected,
    endsFragment: (header.readUInt32BE(12) & endsFragmentFlag) !== 0,
    recordedMs: milliseconds(header.readUInt32BE(16)),
  };
}
