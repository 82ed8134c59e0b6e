/** One record of one demand: released or withheld, and the first thing that stands against it. */
import { type ClassGrant, classGrant } from './class-grants.ts';
import type { Demand, OwnerConsent } from './demand.ts';
import type { LegalPolicy } from './legal-policy.ts';
import type { CheckId, DataClass, ProcessRule } from './process-rules.ts';
import { type Ownership, type Placement, placeInScope, type RecordItem } from './scope.ts';

export type ItemDecision = {
  readonly key: string;
  readonly class: DataClass;
  /** It is of the devices or accounts and the time that the demand names, or may be. */
  readonly inScope: boolean;
} & (
  | {
      readonly released: true;
      readonly because: 'released';
      /** Part of it lies outside the range; it is whole. */
      readonly edge: boolean;
      readonly decryptable: boolean;
    }
  | { readonly released: false; readonly because: Withholding }
);

export type Withholding =
  | Exclude<ClassGrant['because'], 'granted'>
  | Exclude<Placement, { within: true }>['because']
  /** Subscriber information beyond what this process reaches. */
  | 'field'
  /** The owner did not name it. */
  | 'consent'
  /** The reviewer cut it out. */
  | 'narrowed'
  | 'purged'
  | 'late'
  | 'not-stored-yet'
  | 'preserved'
  | 'nothing-is-released';

/** What people settled about this demand, by key of the record. */
export type Review = {
  readonly narrowed: ReadonlySet<string>;
  /** Doubt about the time of a clip that a person resolved in favour of the demand. */
  readonly confirmed: ReadonlySet<string>;
  /** Intake checks that failed to `review` or `counsel` and were cleared. */
  readonly cleared: ReadonlySet<CheckId>;
};

/**
 * Whether the sender may be shown the item. What a class was refused for is told as a class: its
 * items would tell what there is. What is gone is told by the outcome alone: clip by clip it would
 * tell what an owner deleted before its window ended, and how much.
 */
export function isShownToSender({ inScope, because }: ItemDecision): boolean {
  const isOfRefusedClass =
    because === 'not-asked' ||
    because === 'statute' ||
    because === 'policy' ||
    because === 'issuer';
  const isGone = because === 'purged' || because === 'late';
  return inScope && !isOfRefusedClass && !isGone;
}

export type ItemCase = {
  readonly demand: Demand;
  readonly rule: ProcessRule;
  readonly legal: LegalPolicy;
  readonly ownerships: readonly Ownership[];
  readonly review: Review;
};

export function decideItem(item: RecordItem, facts: ItemCase): ItemDecision {
  const { demand, ownerships } = facts;
  const placement = placeInScope(item, demand.scope, ownerships);
  const of = { key: item.key, class: item.class, inScope: placement.within !== false };
  const against =
    placement.within === false ? placement.because : againstEffect(item, placement, facts);
  if (against !== null) return { ...of, released: false, because: against };
  const edge = placement.within === true && placement.edge;
  const decryptable = !(item.class === 'content' && item.endToEnd);
  return { ...of, released: true, because: 'released', edge, decryptable };
}

/** What is neither given nor kept by a paper is untouched by it. */
function againstEffect(
  item: RecordItem,
  placement: Placement,
  facts: ItemCase,
): Withholding | null {
  switch (facts.rule.effect) {
    case 'disclose':
      return objection(item, placement, facts);
    case 'preserve':
      return preservation(item);
    case 'withhold-notice':
    case 'record':
      return 'nothing-is-released';
  }
}

function objection(
  item: RecordItem,
  placement: Placement,
  { demand, rule, legal, review }: ItemCase,
): Withholding | null {
  const grant = classGrant(demand, rule, legal, item.class);
  if (grant.because !== 'granted') return grant.because;
  if (item.class === 'subscriber' && !rule.subscriberFields.includes(item.field)) return 'field';
  if (rule.process === 'owner-consent' && !isConsented(item, demand.consent)) return 'consent';
  // What is gone is gone, whatever else might be said of it.
  const absence = absenceOf(item);
  if (absence !== null) return absence;
  if (review.narrowed.has(item.key)) return 'narrowed';
  // Whose it is cannot be settled by a reviewer: the paper must say. When it was, can.
  if (placement.within !== 'in-doubt') return null;
  const isSettled = placement.because === 'time-uncertain' && review.confirmed.has(item.key);
  return isSettled ? null : placement.because;
}

/**
 * Holds are on footage: what else there is lives as long as its own window. A clip still arriving is
 * held as a whole. [HLD-2]
 */
function preservation(item: RecordItem): Withholding {
  if (item.class !== 'content') return 'statute';
  const absence = absenceOf(item);
  return absence === null || absence === 'not-stored-yet' ? 'preserved' : absence;
}

function absenceOf(item: RecordItem): 'purged' | 'late' | 'not-stored-yet' | null {
  if (item.class !== 'content') return null;
  if (item.late) return 'late';
  switch (item.possession) {
    case 'staged':
      return 'not-stored-yet';
    case 'shredding':
    case 'shredded':
      return 'purged';
    case 'stored':
      return null;
  }
}

/** Clip by clip, and only what is the consenting owner's own. [LEG-2] */
function isConsented(item: RecordItem, consent: OwnerConsent | null): boolean {
  if (consent === null || consent.revokedAt !== null) return false;
  if (item.account !== consent.account) return false;
  return item.class === 'content'
    ? consent.clips.some(({ thing, clip }) => thing === item.thing && clip === item.clip)
    : consent.classes.includes(item.class);
}
