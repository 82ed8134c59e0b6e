/** Every listed file hashed; footage chunk by chunk as well, in the same reading. */
import { createHash, type Hash } from 'node:crypto';
import { readPieces } from './bag-file.ts';
import type { Walk } from './bag-walk.ts';
import type { Faults } from './fault.ts';
import { type ChunkRecord, type ClipRecord, readChunks } from './record-check.ts';

export async function checkBytes(
  folder: string,
  walk: Walk,
  listed: ReadonlyMap<string, string>,
  recordsByFile: ReadonlyMap<string, ClipRecord>,
  onBytes: (bytes: number) => void,
  faults: Faults,
): Promise<void> {
  for (const [path, sha256] of listed) {
    const found = walk.files.get(path);
    if (found === undefined) continue; // told as missing
    const record = recordsByFile.get(path);
    // Not read to its end, which may lie anywhere: what is longer is another file.
    if (record !== undefined && record.sizeBytes !== found.sizeBytes) {
      faults.add('footage', path, 'is not the file of its record');
      continue;
    }
    const whole = createHash('sha256');
    const chunks =
      record === undefined ? null : new ChunkHashes(await readChunks(folder, walk, record));
    for await (const piece of readPieces(folder, found)) {
      whole.update(piece);
      chunks?.update(piece);
      onBytes(piece.length);
    }
    if (whole.digest('hex') !== sha256) {
      faults.add('bytes', path, 'is not what was sealed: its SHA-256 is another');
    }
    if (record !== undefined && chunks !== null) {
      if (record.sha256 !== sha256) {
        faults.add('footage', path, 'is not the file of its record');
      }
      if (chunks.root() !== record.root) {
        faults.add('footage', path, 'does not lead to the root that its record tells');
      }
    }
  }
}

/** The root of a clip from its bytes as they come, cut as it was sent. */
class ChunkHashes {
  readonly #chunks: readonly ChunkRecord[];
  readonly #root = createHash('sha256');
  #index = 0;
  #hash: Hash = createHash('sha256');
  #left: number;

  constructor(chunks: readonly ChunkRecord[]) {
    this.#chunks = chunks;
    this.#left = chunks[0]?.sizeBytes ?? 0;
  }

  update(piece: Uint8Array): void {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + this.#left);
      // Beyond its last chunk: the root cannot be right.
      if (part.length === 0 && !this.#next()) {
        this.#root.update('more');
        return;
      }
      this.#hash.update(part);
      this.#left -= part.length;
      from += part.length;
      if (this.#left === 0) this.#next();
    }
  }

  root(): string {
    return this.#root.digest('hex');
  }

  /** The last chunk is closed; false: there is no other. */
  #next(): boolean {
    if (this.#index >= this.#chunks.length) return false;
    this.#root.update(this.#hash.digest());
    this.#index++;
    this.#hash = createHash('sha256');
    this.#left = this.#chunks[this.#index]?.sizeBytes ?? 0;
    return this.#index < this.#chunks.length;
  }
}
