/**
 * Which records a demand reaches: those of the devices or accounts it names, for the spans they
 * owned, within its time range, and nothing of anyone else. [LEG-4]
 */
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { type DurationMs, type EpochMs, milliseconds } from '../../device/wire/time.ts';
import type { ClipFacts } from '../custody/disposition.ts';
import { type Footage, isNamed, type Scope, timeMatch } from '../custody/holds-scope.ts';
import type { SubscriberField } from './process-rules.ts';

/** One record that an answer might contain. `key` names it uniquely among all. */
export type RecordItem = { readonly key: string } & (
  | {
      readonly class: 'subscriber';
      readonly account: Ulid;
      readonly field: SubscriberField;
    }
  | {
      readonly class: 'non-content';
      readonly account: Ulid | null;
      /** Null: a record of the account, not of one device. */
      readonly thing: ThingName | null;
      readonly at: EpochMs;
    }
  | ({
      readonly class: 'content';
      readonly clip: Ulid;
      readonly possession: ClipFacts['possession'];
      /** It arrived past its window and was never kept. [RET-4] */
      readonly late: boolean;
      /** Only the owner's key opens it. */
      readonly endToEnd: boolean;
    } & Footage)
);

/** Who owned a device, from `fromAt` (inclusive) to `untilAt` (exclusive; null: still). */
export type Ownership = {
  readonly thing: ThingName;
  readonly account: Ulid;
  readonly fromAt: EpochMs;
  readonly untilAt: EpochMs | null;
};

export type Placement =
  /** `edge`: part of it lies outside the range; it is given whole, and flagged. */
  | { readonly within: true; readonly edge: boolean }
  | { readonly within: false; readonly because: 'not-named' | 'no-owner' | 'outside-time' }
  /** It would be within if a question were answered that the record leaves open. */
  | { readonly within: 'in-doubt'; readonly because: 'several-owners' | 'time-uncertain' };

const within: Placement = { within: true, edge: false };

export function placeInScope(
  item: RecordItem,
  scope: Scope,
  ownerships: readonly Ownership[],
): Placement {
  const named = placeOwner(item, scope, ownerships);
  if (item.class === 'subscriber' || named.within === false) return named;
  // What lies outside the range is not in doubt, whoever owned it.
  switch (timeMatch(footageOf(item), scope)) {
    case 'outside':
      return { within: false, because: 'outside-time' };
    case 'uncertain':
      return named.within === true ? { within: 'in-doubt', because: 'time-uncertain' } : named;
    case 'edge':
      return named.within === true ? { within: true, edge: true } : named;
    case 'inside':
      return named;
  }
}

/** Accounts that owned a device within the range. */
export const ownersWithin = (
  thing: ThingName,
  { from, to }: Scope,
  ownerships: readonly Ownership[],
): ReadonlySet<Ulid> =>
  new Set(
    ownerships
      .filter(
        (each) =>
          each.thing === thing &&
          (to === null || each.fromAt < to) &&
          (from === null || each.untilAt === null || each.untilAt > from),
      )
      .map(({ account }) => account),
  );

function placeOwner(item: RecordItem, scope: Scope, ownerships: readonly Ownership[]): Placement {
  const { subjects } = scope;
  const { account } = item;
  if (item.class === 'subscriber') {
    if (subjects.some((each) => each.by !== 'device' && each.account === account)) return within;
  } else {
    // Records of an account as a whole belong to no device: only its own name reaches them.
    const { thing } = item;
    const isReached = subjects.some((each) =>
      thing === null
        ? each.by === 'account' && each.account === account
        : each.by !== 'device' && isNamed({ thing, account }, each),
    );
    if (isReached) return within;
  }
  return placeByDevice(item, scope, ownerships);
}

/**
 * A device named without its owner stands for whoever owned it then. If that was more than one, the
 * paper does not say whose footage it means, and nobody's is given.
 */
function placeByDevice(
  item: RecordItem,
  scope: Scope,
  ownerships: readonly Ownership[],
): Placement {
  let doubt: Placement | null = null;
  for (const each of scope.subjects) {
    if (each.by !== 'device') continue;
    const owners = ownersWithin(each.thing, scope, ownerships);
    const isOf = item.class === 'subscriber' ? owners.has(item.account) : item.thing === each.thing;
    if (!isOf) continue;
    if (item.account === null) return { within: false, because: 'no-owner' };
    // A clip across the edge of the range may be of someone who owned the device only before it.
    if (!owners.has(item.account)) continue;
    if (owners.size === 1) return within;
    doubt = { within: 'in-doubt', because: 'several-owners' };
  }
  return doubt ?? { within: false, because: 'not-named' };
}

type Timed = Exclude<RecordItem, { class: 'subscriber' }>;
type Interval = Pick<Footage, 'earliestAt' | 'latestAt' | 'durationMs'>;

function footageOf(item: Timed): Interval {
  if (item.class === 'content') return item;
  const instant: DurationMs = milliseconds(0);
  return { earliestAt: item.at, latestAt: item.at, durationMs: instant };
}
