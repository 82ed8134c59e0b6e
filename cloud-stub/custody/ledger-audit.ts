/**
 * Judges a ledger by its lines and its checkpoints alone, one at a time, in memory of the tree's
 * logarithm. Since every checkpoint is compared with the root of the same lines, those that hold are
 * consistent with one another.
 */
import { readCheckpoint } from './checkpoint.ts';
import { entryHash, firstPrev, readLeaf } from './ledger-leaf.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import { leafHash } from './merkle-tree.ts';
import type { NoteKey } from './signed-note.ts';

/** `line` counts from 1 over all files; 0: of the ledger as a whole. */
export type AuditFault = { readonly line: number; readonly because: string };

export class LedgerAudit {
  readonly #key: NoteKey;
  readonly #tree = new MerkleFrontier();
  #seq = 0;
  #prev = firstPrev;
  #isRootLost = false;

  constructor(key: NoteKey) {
    this.#key = key;
  }

  /** How many lines there were. */
  get size(): number {
    return this.#tree.size;
  }

  root(): Uint8Array {
    return this.#tree.root();
  }

  /** The next line, without its line feed. */
  line(bytes: Uint8Array): AuditFault | null {
    this.#tree.add(leafHash(bytes));
    const because = this.#judge(bytes);
    return because === null ? null : { line: this.#tree.size, because };
  }

  /** A signed note, once as many lines were given as `size` says; fewer when there are no more. */
  checkpoint(note: string, size: number): AuditFault | null {
    const because = this.#judgeNote(note, size);
    return because === null
      ? null
      : { line: 0, because: `checkpoint of ${size} entries: ${because}` };
  }

  #judge(bytes: Uint8Array): string | null {
    const reading = readLeaf(bytes);
    const [seq, prev] = [this.#seq, this.#prev];
    // Go on from what stands there: one alteration is named once, not once for each line after it.
    this.#prev = entryHash(bytes);
    this.#seq = (reading.ok ? reading.leaf.seq : seq) + 1;
    if (!reading.ok) return `entry ${seq}: ${reading.because}`;
    const { leaf } = reading;
    if (leaf.seq > seq) return `entries ${seq} to ${leaf.seq - 1} are missing`;
    if (leaf.seq < seq) return `entry ${leaf.seq} stands where entry ${seq} belongs`;
    return leaf.prev === prev ? null : `entry ${seq} does not name the entry before it`;
  }

  #judgeNote(note: string, size: number): string | null {
    const reading = readCheckpoint(note, this.#key);
    if (!reading.ok) return reading.because;
    const { checkpoint } = reading;
    if (checkpoint.size !== size) return `it says ${checkpoint.size}`;
    if (this.size < size) return `the lines end at ${this.size}`;
    // Lines that differ once differ for every later checkpoint: the first names it.
    if (this.#isRootLost || Buffer.compare(checkpoint.root, this.root()) === 0) return null;
    this.#isRootLost = true;
    return 'its root is not that of the lines up to it, nor is that of any later one';
  }
}
