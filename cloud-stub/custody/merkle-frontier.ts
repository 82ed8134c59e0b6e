/** Grows a Merkle tree leaf by leaf in memory of its logarithm: only subtrees without a right one yet are kept. */
import assert from 'node:assert/strict';
import { fold, interiorHash, type Node, nodesCompletedBy, rootStep } from './merkle-tree.ts';

export type CompletedNode = Node & { readonly hash: Uint8Array };

export class MerkleFrontier {
  /** The perfect subtrees that make up the tree, the largest first. */
  readonly #subtrees: Uint8Array[];
  #size: number;

  /** A tree of `size` leaves goes on from the nodes of `rootStep(size)`, in that order. */
  constructor(size = 0, subtrees: readonly Uint8Array[] = []) {
    assert(subtrees.length === rootStep(size).length, 'a tree has its subtrees');
    this.#size = size;
    this.#subtrees = [...subtrees];
  }

  get size(): number {
    return this.#size;
  }

  /** Adds the next leaf by its leaf hash; gives the nodes that it completes, itself first. */
  add(leaf: Uint8Array): readonly CompletedNode[] {
    let hash = leaf;
    const completed = nodesCompletedBy(this.#size).map((node): CompletedNode => {
      if (node.level > 0) hash = interiorHash(this.#subtrees.pop() ?? hash, hash);
      return { ...node, hash };
    });
    this.#subtrees.push(hash);
    this.#size++;
    return completed;
  }

  /** Of all leaves so far. */
  root(): Uint8Array {
    return fold(this.#subtrees);
  }
}
