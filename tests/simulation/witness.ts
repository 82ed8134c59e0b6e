/**
 * Looks on at each moment at which a life may go wrong for good: when the cloud says that it has something, when a
 * doorbell lets go of it, and when the cloud destroys it. By the end of a life all may look well again.
 */
import { hash } from 'node:crypto';
import type { ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { ClipKey } from '../../cloud-stub/ports.ts';
import { decode } from '../../device/wire/codec.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { eventReceiptSchema, type Receipt, receiptSchema } from '../../device/wire/messages.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import { parseDownTopic } from '../../device/wire/topics.ts';
import type { Recorded } from '../support/device/doorbell-session.ts';
import type { Committed } from './committed.ts';
import { clipName, type Durable, recordName } from './mortal-ports.ts';

export type Witness = {
  /** A message leaves the cloud. */
  heard(topic: string, payload: Uint8Array): void;
  /** The doorbell has forgotten the clip. */
  letGo(key: ClipKey): void;
  /** The doorbell has forgotten its events up to this one. */
  letEventsGo(thing: ThingName, upTo: number): void;
  /** The cloud is about to destroy the clip's key. */
  destroys(key: ClipKey): void;
};

export const isGoing = ({ possession }: ClipRow): boolean =>
  possession === 'shredding' || possession === 'shredded';
export const gaveUp = ({ disposition }: ClipRow): boolean =>
  disposition === 'evicted' || disposition === 'aborted';

/** `at`: by the clock of the cloud. */
export const isInSight = (row: ClipRow, at: EpochMs): boolean =>
  !isGoing(row) && row.visibility === 'visible' && (row.expiresAt === null || at < row.expiresAt);

export function makeWitness(world: {
  readonly committed: Committed;
  readonly durable: Durable;
  /** What this doorbell is known to have recorded. */
  recordedBy(thing: ThingName): Pick<Recorded, 'chunks' | 'events'>;
  cloudNow(): EpochMs;
  /** Why what the cloud destroys now should have stayed, as far as people and time decide; null: it may go. */
  mustStay(row: ClipRow): string | null;
  /** Events of an account that closes go with it. */
  mayEventsGo(): boolean;
  /** Something was said or done that was not so. */
  tell(lie: string): void;
}): Witness {
  const { committed, durable, recordedBy, cloudNow, tell } = world;
  const tellAll = (key: ClipKey, moment: string, faults: readonly string[]): void => {
    for (const fault of faults) tell(`${moment}: ${clipName(key)} ${fault}`);
  };

  /** What is not so of a receipt, which names only what would survive the cloud's machine. [WIRE-1] */
  function faultsIn(key: ClipKey, { state, have, stills = [] }: Receipt): readonly string[] {
    const row = committed.clip(key);
    if (row === null) return state === 'rejected' ? [] : ['is unknown'];
    const faults = state === 'stored' ? lacks(key, row) : [];
    if (isGoing(row)) return faults; // its transfer goes on for nothing [WIRE-8]
    const indices = have.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, n) => from + n),
    );
    const chunks = indices.filter((index) => !durable.records.has(recordName(key, index)));
    // What comes for a clip out of sight is dropped, and said to be there.
    const lost = isInSight(row, cloudNow()) ? stills.filter((still) => !hasStill(key, still)) : [];
    return [...faults, ...[...chunks, ...lost].map((record) => `lacks ${record}`)];
  }

  const hasStill = (key: ClipKey, still: Ulid): boolean =>
    durable.records.has(recordName(key, still)) && committed.hasStill(key, still);

  /** What the cloud lacks of a clip as it was recorded, should its machine fail now. */
  function lacks(key: ClipKey, row: ClipRow): readonly string[] {
    if (row.finalHash === null) return ['has no end'];
    if (isGoing(row) || gaveUp(row)) return [];
    if (row.possession !== 'stored') return [`is ${row.possession}`];
    const copy = recordedBy(key.thing).chunks.get(key.clip) ?? [];
    const faults = copy.flatMap((bytes, index) => {
      const kept = durable.records.get(recordName(key, index));
      if (kept === undefined) return [`lacks ${index}`];
      return kept === sha256Of(bytes) ? [] : [`has another chunk ${index}`];
    });
    return row.chunks < copy.length ? [...faults, `ends after ${row.chunks} chunks`] : faults;
  }

  function judgeEvents(thing: ThingName, upTo: number, moment: string): void {
    if (world.mayEventsGo()) return;
    for (const { seq } of recordedBy(thing).events) {
      if (seq > upTo || committed.hasEvent(thing, seq)) continue;
      // It may be on its way for longer than the cloud waits.
      if (committed.passedOver(thing, seq)) continue;
      tell(`${moment}: event ${seq} of ${thing} is unknown`);
    }
  }

  return {
    heard(topic, payload) {
      const about = parseDownTopic(topic);
      if (about?.kind === 'receipt') {
        const receipt = decode(receiptSchema, payload);
        const faults = receipt.ok ? faultsIn(about, receipt.message) : [receipt.because];
        tellAll(about, 'at a receipt', faults);
      } else if (about?.kind === 'event-receipt') {
        const receipt = decode(eventReceiptSchema, payload);
        if (receipt.ok) judgeEvents(about.thing, receipt.message.upTo, 'at a receipt');
      }
    },
    letGo(key) {
      const row = committed.clip(key);
      tellAll(key, 'as it was let go', row === null ? ['is unknown'] : lacks(key, row));
    },
    letEventsGo: (thing, upTo) => judgeEvents(thing, upTo, 'as it was let go'),
    destroys(key) {
      const row = committed.clip(key);
      if (row === null) return tellAll(key, 'as it was destroyed', ['is unknown']);
      const because = world.mustStay(row);
      tellAll(key, 'as it was destroyed', [
        ...(isGoing(row) ? [] : [`is ${row.possession}`]), // [RET-6]
        ...(committed.isHeld(key) ? ['is held'] : []), // [HLD-6]
        ...(because === null ? [] : [because]),
      ]);
    },
  };
}

const hashes = new WeakMap<Uint8Array, string>();
/** Of bytes that never change. */
export function sha256Of(bytes: Uint8Array): string {
  const known = hashes.get(bytes) ?? hash('sha256', bytes, 'hex');
  hashes.set(bytes, known);
  return known;
}
