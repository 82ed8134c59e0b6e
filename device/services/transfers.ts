/** The upload sessions of the clips in the spool: which ones run, what they want to send, and what receipts do to them. */
import type { Clock, Entropy } from '../board.ts';
import { unitInterval } from '../core/backoff.ts';
import type { ChunkLog } from '../core/chunk-log.ts';
import { countOf } from '../core/index-set.ts';
import { type ClipRecord, clipIn } from '../core/spool-state.ts';
import {
  freshSession,
  isDone,
  isRejected,
  nextOf,
  type SessionMessage,
  type UploadSession,
  wakeAtOf,
} from '../core/upload-session.ts';
import { type SessionInput, stepSession } from '../core/upload-step.ts';
import type { Log } from '../log.ts';
import type { Ulid } from '../wire/ids.ts';
import type { Receipt } from '../wire/messages.ts';
import type { UptimeMs } from '../wire/time.ts';
import type { Happening, Happenings } from './happenings.ts';
import type { Spool } from './spool.ts';

export type TransferOffer = {
  readonly clip: Ulid;
  readonly message: SessionMessage;
  /** The clip made last: the one being recorded, or just ended. */
  readonly newest: boolean;
};

export type Transfers = {
  /** Takes up the clips that are to be sent now; call it when something may have changed. */
  fill(): Promise<void>;
  linkUp(): void;
  linkDown(): void;
  offers(): readonly TransferOffer[];
  sent(offer: TransferOffer): void;
  heard(receipt: Receipt): Promise<void>;
  happened(happening: Happening): void;
  tick(): void;
  wakeAt(): UptimeMs | null;
};

/** Clips under way at a time: the newest, and the oldest of the others. */
const transfersMax = 4;

export function createTransfers(
  spool: Spool,
  clock: Clock,
  entropy: Entropy,
  happenings: Happenings,
  log: Log,
): Transfers {
  const sessions = new Map<Ulid, UploadSession>();
  /** Refused by the cloud: they get another chance with the next connection. */
  const parked = new Set<Ulid>();
  let up = false;

  function step(clip: Ulid, input: SessionInput): UploadSession | null {
    const session = sessions.get(clip);
    if (session === undefined) return null;
    const moment = { at: clock.uptime(), unit: unitInterval(entropy.bytes(4)) };
    const next = stepSession(session, input, moment);
    sessions.set(clip, next);
    return next;
  }

  function wanted(): readonly ClipRecord[] {
    const clips = spool.durableState().clips.filter(({ opening }) => !parked.has(opening.clip));
    const newest = clips.at(-1);
    const older = clips.slice(0, -1).slice(0, transfersMax - 1);
    return newest === undefined ? [] : [newest, ...older];
  }

  async function take(record: ClipRecord): Promise<void> {
    const { clip } = record.opening;
    const chunks = record.evicted ? [] : (await spool.chunksOf(clip)).chunks;
    // Read again: it may have ended, got a still or left while its chunks were looked up.
    const now = clipIn(spool.durableState(), clip);
    if (now === undefined || sessions.has(clip)) return;
    if (!now.evicted && now.final !== null && chunks.length < now.final.chunks) {
      await spool.giveUp(clip, 'its bytes on flash are damaged');
      return;
    }
    sessions.set(clip, {
      ...freshSession,
      chunks: chunks.length,
      fragmentEnds: fragmentEndsOf(chunks),
      closed: now.final !== null,
      evicted: now.evicted,
      stills: now.stills.map(({ still }) => still),
    });
    if (up) step(clip, { kind: 'link-up' });
  }

  async function finish(clip: Ulid, session: UploadSession): Promise<void> {
    const record = clipIn(spool.state(), clip);
    if (record === undefined) return;
    if (isDone(session)) {
      sessions.delete(clip);
      await spool.release(clip); // [DEV-4]
      happenings.tell({ kind: 'clip-stored', clip, seq: record.opening.seq });
      return;
    }
    if (session.outcome === null || session.outcome === 'stored') return;
    const because = session.outcome.rejected;
    log.error({ clip, because }, 'the cloud refused a clip');
    happenings.tell({ kind: 'clip-rejected', clip, because });
    sessions.delete(clip);
    if (record.evicted) {
      // Its bytes are gone and the cloud will not hear of it: there is nothing left to keep.
      await spool.release(clip);
      return;
    }
    parked.add(clip);
    spool.markRejected(clip);
  }

  return {
    async fill() {
      for (const record of wanted()) {
        if (!sessions.has(record.opening.clip)) await take(record);
      }
    },
    linkUp() {
      up = true;
      parked.clear();
      for (const clip of sessions.keys()) step(clip, { kind: 'link-up' });
    },
    linkDown() {
      up = false;
      for (const clip of sessions.keys()) step(clip, { kind: 'link-down' });
    },
    offers() {
      const clips = wanted().map(({ opening }) => opening.clip);
      return clips.flatMap((clip, i) => {
        const session = sessions.get(clip);
        const message = session === undefined ? null : nextOf(session);
        return message === null ? [] : [{ clip, message, newest: i === 0 }];
      });
    },
    sent({ clip, message }) {
      step(clip, { kind: 'sent', message });
    },
    async heard(receipt) {
      const before = sessions.get(receipt.clip);
      const after = step(receipt.clip, { kind: 'receipt', receipt });
      if (before === undefined || after === null) return;
      const acknowledgedChunks = countOf(after.acknowledged);
      if (acknowledgedChunks !== countOf(before.acknowledged)) {
        const { chunks } = after;
        const { clip } = receipt;
        happenings.tell({ kind: 'clip-progressed', clip, acknowledgedChunks, chunks });
      }
      if (isDone(after) || isRejected(after)) await finish(receipt.clip, after);
    },
    happened(happening) {
      switch (happening.kind) {
        case 'chunks-recorded':
          step(happening.clip, {
            kind: 'recorded',
            chunks: happening.log.chunks.length,
            fragmentEnds: fragmentEndsOf(happening.log.chunks),
          });
          return;
        case 'still-kept':
          step(happening.clip, { kind: 'still-kept', still: happening.still });
          return;
        case 'clip-ended':
          step(happening.final.clip, { kind: 'closed' });
          return;
        case 'clip-evicted':
          step(happening.final.clip, { kind: 'evicted' });
          return;
      }
    },
    tick() {
      for (const clip of sessions.keys()) step(clip, { kind: 'tick' });
    },
    wakeAt() {
      const times = [...sessions.values()].map(wakeAtOf).filter((at) => at !== null);
      return times.length === 0 ? null : (Math.min(...times) as UptimeMs);
    },
  };
}

const fragmentEndsOf = (chunks: ChunkLog['chunks']): readonly number[] =>
  chunks.flatMap(({ endsFragment }, i) => (endsFragment ? [i + 1] : []));
