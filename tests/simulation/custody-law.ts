/** Until when footage must stay, by what people asked for and by the time of the world, not by the cloud's records. */
import type { AccountId, ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import type { ClipKey } from '../../cloud-stub/ports.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import {
  type DurationMs,
  days,
  type EpochMs,
  hours,
  later,
  milliseconds,
  minutes,
} from '../../device/wire/time.ts';
import { clipName } from './mortal-ports.ts';
import type { Life } from './story.ts';

/** The shortest and the longest that any plan keeps a clip. */
export const windowMinMs = days(1);
export const windowMaxMs = days(2);
/** How long footage outlives the release of its last hold. */
export const releaseGrace = hours(2);
/** How long an export keeps what it has listed without a sign of life. */
export const leaseTermMs = hours(10);
/** The furthest that a cloud's clock is ever off. */
export const cloudClockOffMsMax = hours(3);
/** Footage on its way can be dated no better than its way was long. */
export const dateErrorMs = minutes(20);

/** Someone asked for the end of an account's clips. */
export type Ending = {
  readonly by: 'userDelete' | 'accountClose' | 'planLapse';
  readonly account: AccountId;
  /** By name; undefined: of all that were recorded until `until`. */
  readonly only?: string;
  readonly from: EpochMs;
  /** When the answer came, or none; null: it is waited for, or the plan has lapsed. */
  until: EpochMs | null;
};

/** A hold or lease of which the cloud said that it is in force. */
export type ToldHold = { keeps(row: ClipRow): boolean };

/** How far cloud and world may be apart about when a clip was recorded, or is to go. */
export const slackMs = ({ cloudClockIsRight }: Life): DurationMs =>
  milliseconds(dateErrorMs + (cloudClockIsRight ? 0 : 2 * cloudClockOffMsMax));

/** When the doorbell opened it; undefined: its clock lied. */
export const openedAt = (life: Life, { thing, clip }: ClipKey): EpochMs | undefined =>
  life.bells.find((bell) => bell.thing === thing)?.openedAt.get(clip);

/** Why the cloud may not destroy the clip now; null: it may. [RET-2] [HLD-1] */
export function mustStay(life: Life, row: ClipRow): string | null {
  for (const [hold, { keeps }] of life.holds) if (keeps(row)) return `is held by ${hold}`;
  if (life.leases.some(({ keeps }) => keeps(row))) return 'is leased';
  const at = openedAt(life, row);
  if (at === undefined || isPast(life, later(at, windowMinMs))) return null;
  const hasEnded = life.endings.some(
    (ending) => covers(life, ending, row, at) && isOver(life, ending),
  );
  return hasEnded ? null : 'is within its time, and nobody wanted it gone';
}

/** It may be, by one of their clocks. */
export const isPast = (life: Life, at: EpochMs): boolean =>
  at <= later(life.time.clock.now(), slackMs(life));

/** It may, as far as is known of when the clip was recorded. */
export function covers(life: Life, ending: Ending, row: ClipRow, at: EpochMs): boolean {
  const { account, only, until } = ending;
  if (row.account !== account) return false;
  if (only !== undefined) return only === clipName(row);
  return until === null || at <= later(until, slackMs(life));
}

/** Whose it was when it recorded. */
export const ownedBy = (life: Life, thing: ThingName, account: AccountId, at: EpochMs): boolean =>
  life.owned.some(
    (span) =>
      span.thing === thing &&
      span.account === account &&
      span.from - dateErrorMs <= at &&
      (span.until === null || at <= span.until + dateErrorMs),
  );

function isOver(life: Life, { by, from }: Ending): boolean {
  const end: Policy[Ending['by']] = life.policy[by];
  switch (end.kind) {
    case 'purge':
      return true;
    case 'grace':
      return isPast(life, later(from, end.graceMs));
    case 'preserve':
      return false;
  }
}
