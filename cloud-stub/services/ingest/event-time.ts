/** When an event was, and whose it therefore is. */
import type { DeviceEvent } from '../../../device/wire/messages.ts';
import { type EpochMs, epochMs, milliseconds } from '../../../device/wire/time.ts';
import type { AccountId, EventRow } from '../../catalogue-tables.ts';
import { trustedTime } from '../../custody/trusted-time.ts';
import type { Reading } from '../../ports.ts';
import { ownerAt } from '../accounts/accounts.ts';
import { ownershipHistory } from '../accounts/ownership-history.ts';
import type { DeviceIdentity } from '../devices/devices.ts';
import { dateByBoots } from './boot-time.ts';

export type EventPlace = Pick<EventRow, 'at' | 'boot' | 'bootBeganAt'> & {
  /** Null: nobody's, or it cannot be told whose. */
  readonly account: AccountId | null;
};

export async function placeEvent(
  db: Reading,
  { thing, enrolledAt }: DeviceIdentity,
  event: DeviceEvent,
  receivedAt: EpochMs,
): Promise<EventPlace> {
  const { clock } = event;
  const boot = clock?.boot ?? null;
  const at = dateOf(event, receivedAt);
  if (at !== null && at >= enrolledAt && at <= receivedAt) {
    const bootBeganAt = clock === undefined ? null : epochMs(at - clock.uptimeAtMs);
    return { at, account: await ownerAt(db, thing, at), boot, bootBeganAt };
  }
  const moment = clock ?? null;
  const undated = { thing, moment, claimedAt: event.at, enrolledAt, receivedAt };
  const dated = await dateByBoots(db, undated);
  const history = await ownershipHistory(db, thing);
  return { at: dated.at, account: history.onlyOwnerIn(dated.span), boot, bootBeganAt: null };
}

/** Null when neither the device's uptime nor a clock that was ever set vouches for it. [RET-5] */
function dateOf({ at, clock }: DeviceEvent, receivedAt: EpochMs): EpochMs | null {
  // Of a firmware that says no more than this.
  if (clock === undefined) return at;
  const { uptimeAtMs: uptimeAtStartMs, uptimeNowMs, syncedAtUptimeMs } = clock;
  const claim = { startedAt: at, clock: { uptimeAtStartMs, uptimeNowMs, syncedAtUptimeMs } };
  // The device itself says no uptime once it has booted anew.
  const arrival = { receivedAt, sameBoot: true, windowMs: milliseconds(0) };
  const { recordedAt, because } = trustedTime(claim, arrival);
  switch (because) {
    case 'uptime':
      return recordedAt;
    case 'claim-synced':
      return at;
    case 'claim-unsynced':
    case 'receipt':
      return null;
  }
}
