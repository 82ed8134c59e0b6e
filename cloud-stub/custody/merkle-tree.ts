/**
 * The Merkle tree of RFC 6962, section 2.1, over an append-only list. Only hashes of perfect subtrees are stored; what
 * a root or a proof needs is named as places of such nodes, fetched by the caller, and folded here.
 */
import { hash as oneShotHash } from 'node:crypto';

/** The perfect subtree of 2^level leaves that begins at leaf index * 2^level. */
export type Node = { readonly level: number; readonly index: number };

/** One hash of a proof: perfect subtrees from left to right, folded into one. */
export type ProofStep = readonly Node[];

export const leafHash = (leaf: Uint8Array): Buffer => hash(Buffer.of(0), leaf);
export const interiorHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  hash(Buffer.of(1), left, right);
/** The root of a tree without leaves. */
export const emptyRoot: Buffer = hash();

/** The nodes that become perfect with leaf `index`, that leaf itself first; each is made of the one before it. */
export function nodesCompletedBy(index: number): readonly Node[] {
  const nodes: Node[] = [{ level: 0, index }];
  for (let at = index, level = 1; at % 2 === 1; level++) {
    at = (at - 1) / 2;
    nodes.push({ level, index: at });
  }
  return nodes;
}

/** The root of the first `size` leaves; empty for none. */
export const rootStep = (size: number): ProofStep => perfectNodes(0, size);

/** MTH of a step, from its nodes' hashes in the same order. */
export function fold(hashes: readonly Uint8Array[]): Uint8Array {
  let folded = hashes.at(-1);
  if (folded === undefined) return emptyRoot;
  for (const left of hashes.slice(0, -1).reverse()) folded = interiorHash(left, folded);
  return folded;
}

/** PATH(index, D[size]): proves that the leaf is in the tree. Leaf `index` from 0, below `size`. */
export function inclusionSteps(index: number, size: number): readonly ProofStep[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  return path(index, 0, size);
}

/** PROOF(from, D[to]): proves that the tree of `from` leaves is the beginning of that of `to`. */
export function consistencySteps(from: number, to: number): readonly ProofStep[] {
  if (!(from >= 0 && from <= to)) throw new RangeError(`no tree of ${from} within one of ${to}`);
  return from === 0 || from === to ? [] : subproof(from, 0, to, true);
}

/** The root that an inclusion proof leads to (RFC 9162, 2.1.3.2), or null when its length is wrong. */
export function rootOfInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array | null {
  if (!(index >= 0 && index < size)) return null;
  let root = leaf;
  let at = index;
  let last = size - 1;
  for (const step of proof) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = interiorHash(step, root);
      while (at % 2 === 0 && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else root = interiorHash(root, step);
    at = half(at);
    last = half(last);
  }
  return last === 0 ? root : null;
}

/** Whether the proof shows the first tree to be the beginning of the second (RFC 9162, 2.1.4.2). */
export function isConsistent(
  from: { readonly size: number; readonly root: Uint8Array },
  to: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (from.size > to.size) return false;
  if (from.size === to.size) return proof.length === 0 && same(from.root, to.root);
  if (from.size === 0) return proof.length === 0 && same(from.root, emptyRoot);
  const steps = isPowerOfTwo(from.size) ? [from.root, ...proof] : [...proof];
  const [first, ...rest] = steps;
  if (first === undefined) return false;
  let at = from.size - 1;
  let last = to.size - 1;
  while (at % 2 === 1) {
    at = half(at);
    last = half(last);
  }
  let older = first;
  let newer = first;
  for (const step of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      older = interiorHash(step, older);
      newer = interiorHash(step, newer);
      while (at % 2 === 0 && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else newer = interiorHash(newer, step);
    at = half(at);
    last = half(last);
  }
  return last === 0 && same(older, from.root) && same(newer, to.root);
}

function path(index: number, from: number, to: number): readonly ProofStep[] {
  if (to - from === 1) return [];
  const middle = from + splitOf(to - from);
  return index < middle
    ? [...path(index, from, middle), perfectNodes(middle, to)]
    : [...path(index, middle, to), perfectNodes(from, middle)];
}

function subproof(size: number, from: number, to: number, isWhole: boolean): readonly ProofStep[] {
  if (size === to) return isWhole ? [] : [perfectNodes(from, to)];
  const middle = from + splitOf(to - from);
  return size <= middle
    ? [...subproof(size, from, middle, isWhole), perfectNodes(middle, to)]
    : [...subproof(size, middle, to, false), perfectNodes(from, middle)];
}

/** The leaves from `from` (inclusive, a multiple of the split) to `to` (exclusive) as perfect subtrees. */
function perfectNodes(from: number, to: number): readonly Node[] {
  const nodes: Node[] = [];
  for (let at = from; at < to; ) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level++;
    nodes.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return nodes;
}

/** The largest power of two below `count`, which is at least 2. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

const half = (n: number): number => Math.floor(n / 2);
const isPowerOfTwo = (n: number): boolean => n > 0 && splitOf(n + 1) === n;
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function hash(...parts: readonly Uint8Array[]): Buffer {
  return oneShotHash('sha256', Buffer.concat(parts), 'buffer');
}
