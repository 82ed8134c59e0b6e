/** Room in the spool: how much is used, and who is given up when there is too little. [DEV-3] */
import { type Flash, FlashFullError } from '../board.ts';
import { type ChunkLog, framedBytes } from '../core/chunk-log.ts';
import { chooseEviction } from '../core/spool-policy.ts';
import {
  type ClipRecord,
  clipIn,
  rang,
  type SpoolState,
  spooledClip,
} from '../core/spool-state.ts';
import type { Log } from '../log.ts';
import type { Ulid } from '../wire/ids.ts';
import { spoolFolder } from './journal.ts';
import { chunksPath, stillPath } from './spool-recovery.ts';

export type SpoolRoom = {
  usedBytes(): number;
  setCapacity(bytes: number): void;
  markRejected(clip: Ulid): void;
  /**
   * Runs `write`, which takes `bytes` for `clip`, giving up other clips before it and when the flash says it is full.
   * False when nothing may go for its sake.
   */
  take(clip: Ulid, bytes: number, write: () => Promise<void>): Promise<boolean>;
  giveUp(clip: Ulid, because: string): Promise<void>;
  /** For the journal itself: bytes go first, the record follows; a power cut between is seen at boot. */
  takeForJournal(): Promise<boolean>;
  /** Removes the files of a clip whose release or eviction is durable. */
  removeFiles(clip: Ulid, stills: ClipRecord['stills']): Promise<void>;
};

export type SpoolRoomOptions = {
  readonly flash: Flash;
  readonly state: () => SpoolState;
  readonly journalBytes: () => number;
  readonly logs: Map<Ulid, ChunkLog>;
  /** Makes the signed final and the event of an eviction; resolves when they are durable. */
  readonly recordEviction: (clip: Ulid, because: string) => Promise<void>;
  readonly log: Log;
  readonly capacityBytes: number;
};

/** Kept free for the journal: a ring must find room whatever the clips take. */
const journalReserveBytes = 512 * 1024;

export function createSpoolRoom(options: SpoolRoomOptions): SpoolRoom {
  const { flash, state, logs, recordEviction, log } = options;
  let { capacityBytes } = options;
  const rejected = new Set<Ulid>();
  /** Given up; their bytes are here until that is on record, or the journal needs their room to record it. */
  const leaving = new Map<Ulid, ClipRecord['stills']>();

  function bytesOf(record: ClipRecord): number {
    const { opening, final, stills, evicted } = record;
    if (evicted) return 0;
    const known = logs.get(opening.clip)?.fileBytes;
    const chunkBytes = known ?? (final === null ? 0 : framedBytes(final.size));
    return stills.reduce((sum, { bytes }) => sum + bytes, chunkBytes);
  }

  const usedBytes = (): number =>
    state().clips.reduce((sum, record) => sum + bytesOf(record), options.journalBytes());

  function nextVictim(forRing: boolean): { readonly clip: Ulid; readonly because: string } | null {
    const clips = state().clips.map((record) =>
      spooledClip(record, bytesOf(record), rejected.has(record.opening.clip)),
    );
    const verdict = chooseEviction(clips, forRing);
    return verdict.kind === 'evict' ? verdict : null;
  }

  async function removeFiles(clip: Ulid, stills: ClipRecord['stills']): Promise<void> {
    logs.delete(clip);
    rejected.delete(clip);
    await flash.remove(chunksPath(clip));
    for (const { still } of stills) await flash.remove(stillPath(still));
  }

  /** False when nothing may go. */
  async function evictOne(forRing: boolean): Promise<boolean> {
    const victim = nextVictim(forRing);
    if (victim === null) return false;
    await giveUp(victim.clip, victim.because);
    return true;
  }

  async function giveUp(clip: Ulid, because: string): Promise<void> {
    const stills = clipIn(state(), clip)?.stills ?? [];
    log.warn({ clip, because }, 'evicted a clip');
    leaving.set(clip, stills);
    await recordEviction(clip, because);
    if (leaving.delete(clip)) await removeFiles(clip, stills);
  }

  /** Stills last: should the power fail before the record, that the chunks are gone tells the next boot. */
  async function removeBeforeRecord(clip: Ulid, stills: ClipRecord['stills']): Promise<void> {
    await removeFiles(clip, []);
    await flash.syncNames(spoolFolder);
    await removeFiles(clip, stills);
  }

  return {
    usedBytes,
    removeFiles,
    giveUp,
    setCapacity(bytes) {
      capacityBytes = bytes;
    },
    markRejected: (clip) => void rejected.add(clip),
    async take(clip, bytes, write) {
      const record = clipIn(state(), clip);
      const forRing = record !== undefined && rang(record);
      while (usedBytes() + bytes + journalReserveBytes > capacityBytes) {
        if (!(await evictOne(forRing))) return false;
      }
      for (;;) {
        try {
          await write();
          return true;
        } catch (error) {
          if (!(error instanceof FlashFullError)) throw error;
          if (!(await evictOne(forRing))) return false;
        }
      }
    },
    async takeForJournal() {
      const [oldest] = leaving;
      if (oldest !== undefined) {
        leaving.delete(oldest[0]);
        await removeBeforeRecord(...oldest);
        return true;
      }
      const victim = nextVictim(true);
      if (victim === null) return false;
      log.warn(victim, 'evicted a clip for the journal');
      await removeBeforeRecord(victim.clip, clipIn(state(), victim.clip)?.stills ?? []);
      recordEviction(victim.clip, victim.because).catch((error: unknown) => {
        // The journal that asked for the room writes it, or fails where its own caller sees it.
        log.error({ error }, 'could not record an eviction');
      });
      return true;
    },
  };
}
