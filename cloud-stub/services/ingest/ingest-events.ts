/**
 * Events of doorbells: verified, kept once, acknowledged in order. `upTo` says that every event up to it is durable; a
 * gap holds it back until what is missing comes, or until it is plain that it never will. [WIRE-10]
 */
import { canonicalJson, encode } from '../../../device/wire/codec.ts';
import type { DeviceEvent } from '../../../device/wire/messages.ts';
import { type EpochMs, epochMs, later, milliseconds } from '../../../device/wire/time.ts';
import { topics } from '../../../device/wire/topics.ts';
import type { EventRow } from '../../catalogue-tables.ts';
import type { ClipKey, Writing } from '../../ports.ts';
import { isClosed } from '../accounts/accounts.ts';
import type { DeviceIdentity } from '../devices/devices.ts';
import { ownedEvent } from '../owners/owner-views.ts';
import { serviceLimits } from '../service-limits.ts';
import { dateRestOfBoot } from './boot-dating.ts';
import { placeEvent } from './event-time.ts';
import { announceClip } from './ingest-clip-events.ts';
import type { IngestWorld } from './ingest-world.ts';

export type IngestEvents = {
  /** A verified event. Resolves once it is durable and acknowledged. */
  take(identity: DeviceIdentity, event: DeviceEvent): Promise<void>;
};

type Inserted = {
  readonly row: EventRow;
  /** Clips that have an owner since it is known when their boot began. */
  readonly found: readonly ClipKey[];
};
type Taken = {
  readonly outcome: 'stored' | 'repeated' | 'conflict';
  /** Null: it was there before. */
  readonly inserted: Inserted | null;
  readonly upTo: number;
};

/**
 * Up to where a doorbell holds no events any more, as it says when it boots: another cloud acknowledged them, or this
 * one, before it was restored from a backup. -1: none are gone.
 */
function goneUpTo({ kind, seq, data }: DeviceEvent): number {
  const upTo = kind === 'boot' ? data['acknowledgedUpTo'] : null;
  return typeof upTo === 'number' && Number.isInteger(upTo) && upTo < seq ? upTo : -1;
}

/** Both inclusive. */
type Span = { readonly from: number; readonly to: number };
type Gap = { readonly upTo: number; readonly rounds: number; readonly countedAt: number };

export function makeIngestEvents(world: IngestWorld): IngestEvents {
  const { announcements, catalogue, clock, counters, custody, ledger, refuse } = world;
  let lastReceivedAt = 0;
  /** How often a device has sent what lies beyond the gap right after `upTo`, and not what is missing. */
  const gaps = new Map<string, Gap>();

  /** Events of all devices are told in the order of their rows, so that "since" misses none. */
  function receivedNow(): EpochMs {
    lastReceivedAt = Math.max(lastReceivedAt, clock.now());
    return epochMs(lastReceivedAt);
  }

  async function store(
    tx: Writing,
    identity: DeviceIdentity,
    event: DeviceEvent,
    passGap: boolean,
  ): Promise<Taken> {
    const { thing } = identity;
    const message = canonicalJson(event);
    const before = await tx
      .selectFrom('events')
      .select(['id', 'message'])
      .where('thing', '=', thing)
      .where('seq', '=', event.seq)
      .executeTakeFirst();
    const device = await tx
      .selectFrom('devices')
      .select('eventsUpTo')
      .where('thing', '=', thing)
      .executeTakeFirstOrThrow();
    let inserted: Inserted | null = null;
    const isAwaited = async (): Promise<boolean> =>
      event.seq > device.eventsUpTo || (await wasPassedOver(tx, event.seq, thing));
    if (before === undefined && (await isAwaited())) {
      inserted = await insert(tx, identity, event, message);
    } else if (before !== undefined && before.id !== event.id) {
      return { outcome: 'conflict', inserted, upTo: device.eventsUpTo };
    }
    const upTo = await advance(tx, thing, device.eventsUpTo, { gone: goneUpTo(event), passGap });
    return { outcome: inserted === null ? 'repeated' : 'stored', inserted, upTo };
  }

  /**
   * It was on its way for longer than the others' rounds took. Once its window is over nothing of it may come again.
   * [RET-10]
   */
  async function wasPassedOver(
    tx: Writing,
    seq: number,
    thing: DeviceIdentity['thing'],
  ): Promise<boolean> {
    const gaps = await tx
      .selectFrom('ledger')
      .select('facts')
      .where('clip', 'is', null)
      .where('thing', '=', thing)
      .where('kind', '=', 'chain-gap')
      .where('at', '>', later(clock.now(), milliseconds(-serviceLimits.eventLateMsMax)))
      .execute();
    return gaps.some(({ facts }) => {
      const { events } = JSON.parse(facts) as { readonly events?: Span };
      return events !== undefined && events.from <= seq && seq <= events.to;
    });
  }

  async function insert(
    tx: Writing,
    identity: DeviceIdentity,
    event: DeviceEvent,
    message: string,
  ): Promise<Inserted> {
    const receivedAt = receivedNow();
    const { thing } = identity;
    const place = await placeEvent(tx, identity, event, receivedAt);
    const row: EventRow = {
      thing,
      seq: event.seq,
      id: event.id,
      kind: event.kind,
      ...place,
      receivedAt,
      clip: event.clip ?? null,
      data: canonicalJson(event.data),
      message,
      // [DEL-5] Of an account that was closed meanwhile it goes like those that came before.
      expiresAt: (await isClosed(tx, place.account))
        ? receivedAt
        : custody.eventExpiresAt(receivedAt),
    };
    await tx.insertInto('events').values(row).execute();
    return { row, found: await dateRestOfBoot(tx, world, identity, { ...event, ...place }) };
  }

  /**
   * Moves `eventsUpTo` over all that follows without a gap. What is missing up to `gone` will never come; `passGap`:
   * nor will what is missing in the first gap.
   */
  async function advance(
    tx: Writing,
    thing: DeviceIdentity['thing'],
    from: number,
    { gone, passGap }: { readonly gone: number; readonly passGap: boolean },
  ): Promise<number> {
    const rows = await tx
      .selectFrom('events')
      .select('seq')
      .where('thing', '=', thing)
      .where('seq', '>', from)
      .orderBy('seq')
      .limit(serviceLimits.eventGapWalkMax)
      .execute();
    let upTo = from;
    for (const { seq } of rows) {
      const missing = seq - 1;
      if (upTo < Math.min(missing, gone)) {
        const to = Math.min(missing, gone);
        await recordGap(
          tx,
          thing,
          { from: upTo + 1, to },
          'acknowledged before, not by this cloud',
        );
        upTo = to;
      }
      if (upTo !== missing) {
        // Another gap behind it has not been seen for as long.
        if (!passGap || upTo !== from) break;
        await recordGap(tx, thing, { from: upTo + 1, to: missing }, 'never sent');
      }
      upTo = seq;
    }
    if (upTo !== from) {
      await tx
        .updateTable('devices')
        .set({ eventsUpTo: upTo })
        .where('thing', '=', thing)
        .execute();
    }
    return upTo;
  }

  const recordGap = (
    tx: Writing,
    thing: DeviceIdentity['thing'],
    events: Span,
    because: string,
  ): Promise<unknown> =>
    ledger.append(tx, {
      kind: 'chain-gap',
      at: clock.now(),
      actor: 'cloud',
      thing,
      facts: { events, because },
    });

  /**
   * Whether the gap is there for good. A device sends all that it holds again in each round, so one that goes on
   * repeating what lies beyond has nothing before it; a network that loses or reorders is given many rounds.
   */
  function gapIsForGood(thing: string, upTo: number, repeated: boolean): boolean {
    const now = clock.monotonic();
    const gap = gaps.get(thing);
    if (gap?.upTo !== upTo) {
      gaps.set(thing, { upTo, rounds: 0, countedAt: now });
      return false;
    }
    if (!repeated || now - gap.countedAt < serviceLimits.eventRoundMs) return false;
    const rounds = gap.rounds + 1;
    gaps.set(thing, { upTo, rounds, countedAt: now });
    return rounds >= serviceLimits.eventGapRounds;
  }

  return {
    async take(identity, event) {
      const { thing } = identity;
      let taken = await catalogue.write((tx) => store(tx, identity, event, false));
      if (taken.outcome === 'conflict') {
        refuse('event-conflict', {
          thing,
          because: `event ${event.seq} is stored with another id`,
        });
        return;
      }
      if (taken.upTo >= event.seq) gaps.delete(thing);
      else if (gapIsForGood(thing, taken.upTo, taken.outcome === 'repeated')) {
        taken = { ...taken, ...(await catalogue.write((tx) => store(tx, identity, event, true))) };
        gaps.delete(thing);
      }
      if (taken.upTo >= 0) {
        world.send(thing, topics.eventReceipt(thing), encode({ upTo: taken.upTo }));
      }
      if (taken.inserted === null) return;
      const { row, found } = taken.inserted;
      counters.events += 1;
      announcements.tell(row.account, { kind: 'event', event: ownedEvent(row) });
      for (const key of found) void announceClip(world, key);
    },
  };
}
