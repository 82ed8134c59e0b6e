/**
 * How a boot finds the spool and begins its own journal: what the last run left unfinished is finished, and the boot is
 * counted, before anything new is made. [DEV-3]
 */
import { FlashFullError } from '../board.ts';
import type { JournalLoss } from '../core/journal-content.ts';
import { chooseEviction } from '../core/spool-policy.ts';
import { type SpoolState, spooledClip } from '../core/spool-state.ts';
import { makeUlid } from '../wire/ids.ts';
import { seconds } from '../wire/time.ts';
import {
  beginJournal,
  type Journal,
  type JournalRoom,
  readJournal,
  spoolFolder,
} from './journal.ts';
import { stampNow } from './media-time.ts';
import { createSpool, type Spool, type SpoolOptions } from './spool.ts';
import { chunksPath, finishClips, removeOrphans } from './spool-recovery.ts';
import { beginTransaction, type EventDraft } from './spool-transaction.ts';

/** As many as an event may list. */
const namedMax = 64;
/** How often a full flash is tried again. */
const fullRetryMs = seconds(1);

export type OpenedSpool = {
  readonly spool: Spool;
  /** How the last run ended: null for the first boot. */
  readonly previous: null | 'power-loss' | 'stopped' | 'restarted';
};

/** Finishes what the last run left, and counts this boot, before anything new is made. Throws FlashError. */
export async function openSpool(options: SpoolOptions): Promise<OpenedSpool> {
  const { flash, signer, clock } = options.board;
  const { log } = options;
  const last = await readJournal(flash, log);
  const told = last.loss === null ? last.state : await tellLoss(options, last.state, last.loss);
  const recovered = await finishClips(flash, signer, told, log);
  for (const clip of recovered.finished) log.warn({ clip }, 'finished a clip after power loss');
  await removeOrphans(flash, recovered.state);
  const room: { -readonly [Name in keyof JournalRoom]: JournalRoom[Name] } = {
    make: async () => false,
    wait: async () => {},
  };
  const journal = await beginAnew(options, last.generation, recovered.state, room);
  const made = createSpool(options, journal);
  room.make = made.room.takeForJournal;
  room.wait = () => {
    log.error({}, 'the flash is full and nothing can be given up');
    return new Promise((resolve) => {
      clock.setTimer('flash-full', fullRetryMs, resolve);
    });
  };
  const { spool } = made;
  return { spool, previous: last.generation === 0 ? null : endOf(last.state) };
}

/**
 * Nothing is lost in silence: an event says what rot took, and one stands in the place of each that is lost, for a hole
 * would be waited for. [DEV-3] [WIRE-10]
 */
async function tellLoss(
  { board: { flash, signer, entropy, clock }, log }: SpoolOptions,
  state: SpoolState,
  { bytes, events, clips, released }: JournalLoss,
): Promise<SpoolState> {
  const accounted = new Set<string>([
    ...released,
    ...state.clips.flatMap(({ opening, stills }) => [
      opening.clip,
      ...stills.map(({ still }) => still),
    ]),
  ]);
  // Files that no record names any more: what they are of may have left, or its record is lost.
  const names = await flash.list(spoolFolder);
  const unnamed = (end: string): readonly string[] =>
    names
      .flatMap((name) => (name.endsWith(end) ? name.slice(0, -end.length) : []))
      .filter((id) => !accounted.has(id));
  const lostClips = [...new Set([...clips, ...unnamed('.chunks')])].sort();
  const stills = unnamed('.jpg');
  log.error(
    { bytes, events, clips: lostClips, stills },
    'the journal is damaged, records are lost',
  );
  // Told in the boot that begins now.
  const transaction = beginTransaction({ ...state, boot: state.boot + 1 }, signer);
  const draft = (data: EventDraft['data']): EventDraft => ({
    id: makeUlid(clock.now(), (count) => entropy.bytes(count)),
    kind: 'flash-damaged',
    stamp: stampNow(clock),
    data,
  });
  for (const seq of events) {
    transaction.replaceEvent(seq, draft({ because: 'the event with this number may be lost' }));
  }
  const named = {
    events: events.slice(0, namedMax),
    clips: lostClips.slice(0, namedMax),
    stills: stills.slice(0, namedMax),
  };
  const counts = { bytes, eventCount: events.length, clipCount: lostClips.length };
  transaction.makeEvent(draft({ because: 'records in the journal rotted', ...counts, ...named }));
  return { ...transaction.state(), boot: state.boot };
}

/** The first frame of this boot; when there is no room for it, clips make room as they do later. */
async function beginAnew(
  { board: { flash, signer }, log }: SpoolOptions,
  generation: number,
  recovered: SpoolState,
  room: JournalRoom,
): Promise<Journal> {
  let state: SpoolState = { ...recovered, boot: recovered.boot + 1, stopped: null };
  for (;;) {
    try {
      return await beginJournal(flash, state, generation, room);
    } catch (error) {
      const victim = error instanceof FlashFullError ? oldestToGo(state) : null;
      if (victim === null) throw error;
      log.warn(victim, 'evicted a clip so that the doorbell can boot');
      await flash.remove(chunksPath(victim.clip));
      const transaction = beginTransaction(state, signer);
      transaction.evictClip(victim.clip, victim.because);
      state = transaction.state();
    }
  }
}

function oldestToGo(state: SpoolState) {
  const clips = state.clips.map((record) => spooledClip(record, record.final?.size ?? 0, false));
  const verdict = chooseEviction(clips, true);
  return verdict.kind === 'evict' ? verdict : null;
}

function endOf({ stopped }: SpoolState): 'power-loss' | 'stopped' | 'restarted' {
  if (stopped === null) return 'power-loss';
  return stopped.restart ? 'restarted' : 'stopped';
}
