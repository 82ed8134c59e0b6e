/**
 * What a hold or a demand reaches: whose footage, of which time. Whose it is and when it was are
 * both facts of the record; the time of some clips is known only within bounds, and those say so.
 */
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { type DurationMs, type EpochMs, later } from '../../device/wire/time.ts';

/** An account is named, a device, or a device for as long as one account owned it. */
export type Subject =
  | { readonly by: 'account'; readonly account: Ulid }
  | { readonly by: 'device'; readonly thing: ThingName }
  | { readonly by: 'device-of-account'; readonly thing: ThingName; readonly account: Ulid };

/** From `from` (inclusive) to `to` (exclusive); null: open on that side. */
export type Span = { readonly from: EpochMs | null; readonly to: EpochMs | null };

export type Scope = Span & { readonly subjects: readonly Subject[] };

/** What of a clip's record decides whether it is reached. */
export type Footage = {
  readonly thing: ThingName;
  /** Who owned the device when the clip was recorded; null: nobody. */
  readonly account: Ulid | null;
  /** The earliest and latest its recording can have begun (inclusive); null: nothing vouches. */
  readonly earliestAt: EpochMs | null;
  readonly latestAt: EpochMs;
  readonly durationMs: DurationMs;
};

/**
 * Wide: whoever wants it held needs a second person, as for a whole account, or more devices than one
 * may name. [LEG-5]
 */
export function isWide({ subjects }: Pick<Scope, 'subjects'>, devicesMax: number): boolean {
  const things = subjects.flatMap((each) => (each.by === 'account' ? [] : [each.thing]));
  return subjects.some(({ by }) => by === 'account') || new Set(things).size > devicesMax;
}

/** `edge`: part of the clip lies outside. `uncertain`: its true time decides, and is not known. */
export type TimeMatch = 'inside' | 'edge' | 'uncertain' | 'outside';

export function isNamed(
  { thing, account }: Pick<Footage, 'thing' | 'account'>,
  each: Subject,
): boolean {
  switch (each.by) {
    case 'account':
      return account === each.account;
    case 'device':
      return thing === each.thing;
    case 'device-of-account':
      return thing === each.thing && account === each.account;
  }
}

export function timeMatch(
  footage: Pick<Footage, 'earliestAt' | 'latestAt' | 'durationMs'>,
  span: Span,
): TimeMatch {
  const from = span.from ?? Number.NEGATIVE_INFINITY;
  const to = span.to ?? Number.POSITIVE_INFINITY;
  const earliest = footage.earliestAt ?? Number.NEGATIVE_INFINITY;
  const { latestAt: latest, durationMs } = footage;
  // Of all times the recording can have begun, those that reach into the span are one interval.
  const reaches = (start: number): boolean =>
    start < to && (start >= from || start + durationMs > from);
  if (reaches(earliest) && reaches(latest)) {
    return earliest >= from && later(latest, durationMs) <= to ? 'inside' : 'edge';
  }
  const isPossible = earliest < to && (latest >= from || latest + durationMs > from);
  return isPossible ? 'uncertain' : 'outside';
}

/** Whether a hold reaches it. Doubt about its time preserves: it can still be released. */
export const mayBeInScope = (footage: Footage, scope: Scope): boolean =>
  scope.subjects.some((each) => isNamed(footage, each)) && timeMatch(footage, scope) !== 'outside';
