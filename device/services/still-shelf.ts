/**
 * Stills in the spool: a file each, and a fact in the journal that says what its bytes were. What is not that any more
 * is never sent as the picture that was taken. [DEV-4]
 */
import type { Flash } from '../board.ts';
import { clipIn, type SpoolState, type StillRecord } from '../core/spool-state.ts';
import type { Log } from '../log.ts';
import { sha256 } from '../wire/codec.ts';
import type { ClipSealer } from '../wire/footage-sealing.ts';
import type { Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import { damaged } from './chunk-reader.ts';
import { spoolFolder } from './journal.ts';
import type { Spool } from './spool.ts';
import { stillPath } from './spool-recovery.ts';
import type { SpoolRoom } from './spool-room.ts';
import type { EventStamp, SpoolTransaction } from './spool-transaction.ts';

export type StillShelf = Pick<Spool, 'keepStill' | 'giveUpStill' | 'readStill'>;

export type StillShelfOptions = {
  readonly flash: Flash;
  readonly state: () => SpoolState;
  readonly room: SpoolRoom;
  readonly transact: Spool['transact'];
  /** Whether all of the clip must be sealed before it comes to flash. */
  readonly mustBeSealed: (clip: Ulid) => boolean;
  readonly newId: () => Ulid;
  readonly stampNow: () => EventStamp;
  readonly log: Log;
};

export function createStillShelf(options: StillShelfOptions): StillShelf {
  const { flash, state, room, transact, mustBeSealed, newId, stampNow, log } = options;

  async function keepStill(
    clip: Ulid,
    jpeg: Uint8Array,
    sealer: ClipSealer | null = null,
  ): Promise<Ulid | null> {
    const record = clipIn(state(), clip);
    if (record === undefined || record.evicted) return null;
    if (record.stills.length >= limits.stillsPerClipMax) return null;
    if (mustBeSealed(clip) && sealer === null) return null;
    const still = newId();
    const bytes = sealer === null ? jpeg : sealer.still(still, jpeg);
    const path = stillPath(still);
    const fits = await room.take(clip, bytes.length, async () => {
      await flash.write(path, bytes);
      await flash.sync(path);
    });
    // The clip may have left, or been given up, while its still was written.
    const held = clipIn(state(), clip);
    if (!fits || held === undefined || held.evicted) {
      await flash.remove(path);
      return null;
    }
    await flash.syncNames(spoolFolder);
    await transact((transaction) => {
      const hash = sha256(bytes).toString('hex');
      transaction.add({ kind: 'still-kept', clip, still, bytes: bytes.length, sha256: hash });
    }).durable;
    return still;
  }

  const stillOf = (clip: Ulid, still: Ulid): StillRecord | undefined =>
    clipIn(state(), clip)?.stills.find((kept) => kept.still === still);

  async function giveUpStill(
    clip: Ulid,
    still: Ulid,
    because: string,
    tell: (transaction: SpoolTransaction) => void = () => {},
  ): Promise<void> {
    if (stillOf(clip, still) === undefined) return;
    log.error({ clip, still, because }, 'gave up a still');
    await transact((transaction) => {
      transaction.add({ kind: 'still-refused', clip, still, because });
      tell(transaction);
    }).durable;
    await flash.remove(stillPath(still));
  }

  async function readStill(clip: Ulid, still: Ulid): Promise<Uint8Array | null> {
    const kept = stillOf(clip, still);
    if (kept === undefined) return null;
    const isRight = (bytes: Uint8Array | null): boolean =>
      bytes !== null &&
      (kept.sha256 === undefined || sha256(bytes).toString('hex') === kept.sha256);
    const path = stillPath(still);
    const once = await flash.read(path);
    // A read may err where the flash does not.
    const jpeg = isRight(once) ? once : await flash.read(path);
    if (isRight(jpeg)) return jpeg;
    const because = jpeg === null ? 'its file is gone from flash' : damaged;
    await giveUpStill(clip, still, because, (transaction) => {
      const data = { because, still };
      transaction.makeEvent({ id: newId(), kind: 'flash-damaged', stamp: stampNow(), clip, data });
    });
    return null;
  }

  return {
    keepStill,
    giveUpStill: (clip, still, because) => giveUpStill(clip, still, because),
    readStill,
  };
}
