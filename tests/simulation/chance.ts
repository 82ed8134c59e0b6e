/** Decisions of a simulated story, drawn from its seed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

export type Chance = {
  /** 0 inclusive to 1 exclusive. */
  unit(): number;
  happens(probability: number): boolean;
  /** From `from` to `to`, both inclusive. */
  between(from: number, to: number): number;
  /** One of them; there is one. */
  pick<Item>(items: readonly Item[]): Item;
};

export function makeChance(seed: string): Chance {
  let draws = 0;
  const unit = (): number =>
    createHash('sha256').update(`${seed}#${draws++}`).digest().readUIntBE(0, 6) / 2 ** 48;
  const between = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1));
  return {
    unit,
    between,
    happens: (probability) => unit() < probability,
    pick<Item>(items: readonly Item[]): Item {
      assert(items.length > 0);
      return items[between(0, items.length - 1)] as Item;
    },
  };
}
