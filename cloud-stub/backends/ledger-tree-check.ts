/**
 * Checks the stored nodes of the tree against its leaves, page by page: each node against
 * the two below it. Memory is one page, whatever the size of the tree.
 */
import { sql } from 'kysely';
import { MerkleFrontier } from '../custody/merkle-frontier.ts';
import type { LedgerFault, Reading } from '../ports.ts';

type Leaf = { readonly seq: number; readonly hash: Uint8Array };

export class TreeCheck {
  readonly #read: Reading;
  #page: Leaf[] = [];
  /** As recomputed from the leaves. */
  readonly #tree = new MerkleFrontier();

  constructor(read: Reading) {
    this.#read = read;
  }

  add(seq: number, hash: Uint8Array): void {
    this.#page.push({ seq, hash });
  }

  /** Compares what was added since with what is stored. */
  async *check(): AsyncIterable<LedgerFault> {
    const page = this.#page;
    this.#page = [];
    const [first] = page;
    if (first === undefined) return;
    const stored = await this.#stored(first.seq, (page.at(-1) ?? first).seq);
    for (const { seq, hash } of page) {
      // An entry before it is missing or no JSON, which is told already: nothing above it can be judged.
      if (seq !== this.#tree.size) return;
      const [, ...nodes] = this.#tree.add(hash);
      for (const { level, index, hash: expected } of nodes) {
        const found = stored.get(`${level}/${index}`);
        if (found === undefined || Buffer.compare(found, expected) !== 0) {
          const because = `node ${index} on level ${level} of the tree is not that of its leaves`;
          yield { seq, because };
        }
      }
    }
  }

  /** Nodes beyond the last leaf. */
  async *checkEnd(size: number): AsyncIterable<LedgerFault> {
    const { rows } = await sql<{ level: number; idx: number }>`
      select level, idx from ledgerNodes where (idx + 1) * (1 << level) > ${size} limit 1
    `.execute(this.#read);
    for (const { level, idx } of rows) {
      yield { seq: size, because: `node ${idx} on level ${level} of the tree has no leaves` };
    }
  }

  /** The nodes that are completed by the leaves from `from` to `to`, both inclusive. */
  async #stored(from: number, to: number): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    for (let level = 1; 2 ** level <= to + 1; level++) {
      const rows = await this.#read
        .selectFrom('ledgerNodes')
        .selectAll()
        .where('level', '=', level)
        .where('idx', '>=', Math.floor((from + 1) / 2 ** level) - 1)
        .where('idx', '<=', Math.floor((to + 1) / 2 ** level) - 1)
        .execute();
      for (const { idx, hash } of rows) found.set(`${level}/${idx}`, hash);
    }
    return found;
  }
}
