/**
 * How a boot finds the spool and begins its own journal: what the last run left unfinished is finished, and the boot is
 * counted, before anything new is made. [DEV-3]
 */
import { FlashFullError } from '../board.ts';
import { chooseEviction } from '../core/spool-policy.ts';
import { type SpoolState, spooledClip } from '../core/spool-state.ts';
import { seconds } from '../wire/time.ts';
import { beginJournal, type Journal, type JournalRoom, readJournal } from './journal.ts';
import { createSpool, type Spool, type SpoolOptions } from './spool.ts';
import { chunksPath, finishClips, removeOrphans } from './spool-recovery.ts';
import { beginTransaction } from './spool-transaction.ts';

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
  const recovered = await finishClips(flash, signer, last.state, log);
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
