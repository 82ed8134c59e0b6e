/**
 * What an answer needs to know of all its items together, folded page by page: a scope may hold
 * more of them than memory.
 */
import type { ItemDecision } from './item-decision.ts';
import { type DataClass, dataClasses } from './process-rules.ts';

export type PerClass = Readonly<Record<DataClass, number>>;
export const noneOfAny: PerClass = { subscriber: 0, 'non-content': 0, content: 0 };
export const sumOf = (counts: PerClass): number =>
  dataClasses.reduce((sum, each) => sum + counts[each], 0);

/** Of the items in scope; what lies outside a demand is not told in its answer. */
export type ItemTally = {
  readonly released: PerClass;
  readonly withheld: PerClass;
  /** Released, and somebody here can read it. [EXP-5] */
  readonly decryptable: number;
  readonly becauses: ReadonlySet<ItemDecision['because']>;
};

export const emptyTally: ItemTally = {
  released: noneOfAny,
  withheld: noneOfAny,
  decryptable: 0,
  becauses: new Set(),
};

export function tallied(before: ItemTally, items: readonly ItemDecision[]): ItemTally {
  const released = { ...before.released };
  const withheld = { ...before.withheld };
  const becauses = new Set(before.becauses);
  let { decryptable } = before;
  for (const item of items) {
    if (!item.inScope) continue;
    becauses.add(item.because);
    if (item.released) released[item.class] += 1;
    else withheld[item.class] += 1;
    if (item.released && item.decryptable) decryptable += 1;
  }
  return { released, withheld, decryptable, becauses };
}
