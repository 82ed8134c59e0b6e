/**
 * A provider may go to the court that issued a paper and ask it to quash or modify it, promptly and on the grounds that
 * the law names: 18 USC 2703(d), last sentence. Until the court has spoken nothing leaves, and what is held stays.
 */

import type { EpochMs } from '../../device/wire/time.ts';
import type { Subject } from '../custody/holds-scope.ts';
import type { Demand, DemandScope } from './demand.ts';
import type { DataClass } from './process-rules.ts';

/** What is left of a demand when its court has modified it; what is not named stays as it was. */
export type Modification = {
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly subjects?: readonly Subject[];
  readonly classes?: readonly DataClass[];
};

/** Why this is no narrowing of the demand; null: it is. A wider paper is another demand. */
export function modificationFault({ scope, classes }: Demand, by: Modification): string | null {
  const { from = scope.from, to = scope.to, subjects = [], classes: kept = classes } = by;
  if (Object.keys(by).length === 0) return 'it changes nothing';
  if (kept.length === 0 || kept.some((each) => !classes.includes(each))) {
    return 'it names a class that was not asked for, or none';
  }
  const isEarlier = scope.from !== null && (from === null || from < scope.from);
  const isLater = scope.to !== null && (to === null || to > scope.to);
  if (isEarlier || isLater) return 'it reaches beyond the time of the demand';
  if (from !== null && to !== null && from >= to) return 'its time ends before it begins';
  const asked = scope.subjects.map((each) => JSON.stringify(each));
  const isForeign = subjects.some((each) => !asked.includes(JSON.stringify(each)));
  if (isForeign || (by.subjects !== undefined && subjects.length === 0)) {
    return 'it names what the demand does not, or nothing';
  }
  return null;
}

export function modified(demand: Demand, by: Modification): Demand {
  const { classes = demand.classes, ...more } = by;
  const scope: DemandScope = { ...demand.scope, ...more };
  return { ...demand, scope, classes, standing: 'open' };
}
