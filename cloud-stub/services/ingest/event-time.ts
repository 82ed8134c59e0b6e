/**
 * When an event was, and whose it therefore is. A doorbell is sold while events lie on its flash, and its clock may
 * never have been set: what cannot be dated goes to an owner only if it can have been in no other's time.
 */
import { type Kysely, sql } from 'kysely';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { DeviceEvent } from '../../../device/wire/messages.ts';
import { type EpochMs, epochMs, milliseconds } from '../../../device/wire/time.ts';
import type { AccountId, CatalogueTables } from '../../catalogue-tables.ts';
import { trustedTime } from '../../custody/trusted-time.ts';
import { ownerAt } from '../accounts/accounts.ts';
import type { DeviceIdentity } from '../devices/devices.ts';

export type EventPlace = {
  readonly at: EpochMs;
  /** Null: nobody's, or it cannot be told whose. */
  readonly account: AccountId | null;
};

type Db = Kysely<CatalogueTables>;
type Span = { readonly from: EpochMs; readonly to: EpochMs };

export async function placeEvent(
  db: Db,
  { thing, enrolledAt }: DeviceIdentity,
  event: DeviceEvent,
  receivedAt: EpochMs,
): Promise<EventPlace> {
  const dated = dateOf(event, receivedAt);
  if (dated !== null) {
    // A clock that was never set, or runs ahead, must not put the event where no owner finds it.
    const at = dated >= enrolledAt && dated <= receivedAt ? dated : receivedAt;
    return { at, account: await ownerAt(db, thing, at) };
  }
  const from = (await neighbourAt(db, thing, event.seq, 'before')) ?? enrolledAt;
  const to = (await neighbourAt(db, thing, event.seq, 'after')) ?? receivedAt;
  const span = { from, to: epochMs(Math.max(from, to)) };
  const at = event.at >= span.from && event.at <= span.to ? event.at : span.to;
  return { at, account: await onlyOwnerIn(db, thing, span) };
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

/** The date of the nearest event before or after it that has one: events are numbered as they happen. */
async function neighbourAt(
  db: Db,
  thing: ThingName,
  seq: number,
  side: 'before' | 'after',
): Promise<EpochMs | null> {
  const row = await db
    .selectFrom('events')
    .select('at')
    .where('thing', '=', thing)
    .where('seq', side === 'before' ? '<' : '>', seq)
    .where(
      sql<boolean>`(message -> 'clock' ->> 'uptimeNowMs' is not null
        or message -> 'clock' ->> 'syncedAtUptimeMs' is not null)`,
    )
    .orderBy('seq', side === 'before' ? 'desc' : 'asc')
    .limit(1)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Who alone owned the device at any time from `from` to `to`, both inclusive; null: nobody, or several. */
async function onlyOwnerIn(db: Db, thing: ThingName, span: Span): Promise<AccountId | null> {
  const owners = await db
    .selectFrom('ownerships')
    .select('account')
    .distinct()
    .where('thing', '=', thing)
    .where('fromAt', '<=', span.to)
    .where((is) => is.or([is('untilAt', 'is', null), is('untilAt', '>', span.from)]))
    .limit(2)
    .execute();
  const [only] = owners;
  return owners.length === 1 && only !== undefined ? only.account : null;
}
