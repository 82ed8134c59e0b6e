/** The upload sessions of the clips in the spool: which run, what they send, and what receipts do to them. */
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
import { between, seconds, type UptimeMs } from '../wire/time.ts';
import { damaged } from './chunk-reader.ts';
import type { Happening, Happenings } from './happenings.ts';
import type { Spool } from './spool.ts';

export type TransferOffer = {
  readonly clip: Ulid;
  readonly message: SessionMessage;
  /** It is being recorded, or was a moment ago: it goes before older clips. */
  readonly live: boolean;
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

/** Clips under way at a time: the live ones, and the oldest of the others. */
const transfersMax = 4;
/** So long after its end a clip counts as live: its last second must not wait for the whole of the next one. */
const liveAfterEnd = seconds(5);

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
  /** Clips that ended in this boot, and when. */
  const endedAt = new Map<Ulid, UptimeMs>();
  let up = false;

  function step(clip: Ulid, input: SessionInput): UploadSession | null {
    const session = sessions.get(clip);
    if (session === undefined) return null;
    const moment = { at: clock.uptime(), unit: unitInterval(entropy.bytes(4)) };
    const next = stepSession(session, input, moment);
    sessions.set(clip, next);
    return next;
  }

  function isLive({ opening: { clip } }: ClipRecord, newest: ClipRecord | undefined): boolean {
    const ended = endedAt.get(clip);
    const justEnded = ended !== undefined && between(ended, clock.uptime()) < liveAfterEnd;
    return clip === newest?.opening.clip || justEnded;
  }

  /** Live ones first, the earlier before the later: there is little left of it. */
  function wanted(): readonly { readonly clip: Ulid; readonly live: boolean }[] {
    const clips = spool.durableState().clips.filter(({ opening }) => !parked.has(opening.clip));
    const newest = clips.at(-1);
    const live = clips.filter((record) => isLive(record, newest)).slice(-transfersMax + 1);
    const older = clips.filter((record) => !live.includes(record));
    return [...live, ...older.slice(0, transfersMax - live.length)].map((record) => ({
      clip: record.opening.clip,
      live: live.includes(record),
    }));
  }

  async function take(clip: Ulid): Promise<void> {
    const evicted = clipIn(spool.durableState(), clip)?.evicted ?? true;
    const chunks = evicted ? [] : (await spool.chunksOf(clip)).chunks;
    // Read after that: it may have ended, got a still or left while its chunks were looked up.
    const now = clipIn(spool.durableState(), clip);
    if (now === undefined || sessions.has(clip)) return;
    if (!now.evicted && now.final !== null && chunks.length < now.final.chunks) {
      await spool.giveUp(clip, damaged);
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
      endedAt.delete(clip);
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
      for (const { clip } of wanted()) if (!sessions.has(clip)) await take(clip);
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
      return wanted().flatMap(({ clip, live }) => {
        const session = sessions.get(clip);
        const message = session === undefined ? null : nextOf(session);
        return message === null ? [] : [{ clip, message, live }];
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
      for (const still of before.stills.filter((id) => !after.stills.includes(id))) {
        await spool.giveUpStill(receipt.clip, still, receipt.reason ?? 'no reason given');
      }
      // Looked up anew: it may have got another still while one was given up.
      const now = sessions.get(receipt.clip);
      if (now !== undefined && (isDone(now) || isRejected(now))) await finish(receipt.clip, now);
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
        case 'still-refused':
          step(happening.clip, { kind: 'still-refused', still: happening.still });
          return;
        case 'clip-ended':
          endedAt.set(happening.final.clip, clock.uptime());
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
