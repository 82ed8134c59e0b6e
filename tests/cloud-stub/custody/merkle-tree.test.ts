import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  consistencySteps,
  emptyRoot,
  fold,
  inclusionSteps,
  interiorHash,
  isConsistent,
  leafHash,
  nodesCompletedBy,
  type ProofStep,
  rootOfInclusion,
  rootStep,
} from '../../../cloud-stub/custody/merkle-tree.ts';

/** A tree in memory, as the ledger keeps one in SQL. */
function treeOf(leaves: readonly Uint8Array[]) {
  const nodes = new Map<string, Uint8Array>();
  const nodeAt = (level: number, index: number): Uint8Array => {
    const node = nodes.get(`${level}/${index}`);
    if (node === undefined)
      throw new Error(`node ${level}/${index} was asked for before it was whole`);
    return node;
  };
  leaves.forEach((leaf, at) => {
    for (const { level, index } of nodesCompletedBy(at)) {
      const value =
        level === 0
          ? leafHash(leaf)
          : interiorHash(nodeAt(level - 1, index * 2), nodeAt(level - 1, index * 2 + 1));
      nodes.set(`${level}/${index}`, value);
    }
  });
  const hashOf = (step: ProofStep): Uint8Array =>
    fold(step.map(({ level, index }) => nodeAt(level, index)));
  return {
    root: (size: number): Uint8Array => hashOf(rootStep(size)),
    inclusion: (index: number, size: number) => inclusionSteps(index, size).map(hashOf),
    consistency: (from: number, to: number) => consistencySteps(from, to).map(hashOf),
  };
}

// The reference leaves and roots of the Certificate Transparency implementations of RFC 6962.
const referenceLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const referenceRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test.each(referenceRoots.map((root, size) => [size, root] as const))(
  'LOG-1: the root of the first %i reference leaves is the published one',
  (size, root) => {
    expect(Buffer.from(treeOf(referenceLeaves).root(size)).toString('hex')).toBe(root);
  },
);

test('LOG-1: the published inclusion and consistency proofs come out', () => {
  const tree = treeOf(referenceLeaves);
  const hex = (proof: readonly Uint8Array[]) =>
    proof.map((step) => Buffer.from(step).toString('hex'));
  expect(hex(tree.inclusion(0, 8))).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  expect(hex(tree.consistency(1, 8))).toEqual(hex(tree.inclusion(0, 8)));
});

const tree = treeOf(Array.from({ length: 70 }, (_, i) => Buffer.from(`leaf ${i}`)));
const sizes = fc.integer({ min: 1, max: 70 });

test('LOG-1: every leaf is proven in every tree that holds it, at its own place only', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (size, a, b) => {
      const index = a % size;
      const proof = tree.inclusion(index, size);
      const leaf = leafHash(Buffer.from(`leaf ${index}`));
      const root = rootOfInclusion(leaf, index, size, proof);
      expect(root && Buffer.from(root)).toEqual(Buffer.from(tree.root(size)));
      const elsewhere = b % size;
      if (elsewhere === index) return;
      const wrong = rootOfInclusion(leaf, elsewhere, size, proof);
      expect(wrong && Buffer.from(wrong)).not.toEqual(Buffer.from(tree.root(size)));
    }),
  );
});

test('LOG-1: a tree is consistent with every later one, and an altered one with none', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), (to, a) => {
      const from = a % (to + 1);
      const proof = tree.consistency(from, to);
      const older = { size: from, root: from === 0 ? emptyRoot : tree.root(from) };
      const newer = { size: to, root: tree.root(to) };
      expect(isConsistent(older, newer, proof)).toBe(true);
      const altered = Buffer.from(older.root);
      altered[0] = (altered[0] ?? 0) ^ 1;
      expect(isConsistent({ ...older, root: altered }, newer, proof)).toBe(false);
      expect(isConsistent(older, newer, [...proof, altered])).toBe(false);
    }),
  );
});

test('a proof of what is not there is not made', () => {
  expect(() => inclusionSteps(3, 3)).toThrow(RangeError);
  expect(() => consistencySteps(4, 3)).toThrow(RangeError);
});
