/** What follows from a session's decisions outside its vault: receipts, marks, commits, and what goes on record. */
import { encode, finalHash } from '../../../device/wire/codec.ts';
import type { Final, Receipt } from '../../../device/wire/messages.ts';
import { topics } from '../../../device/wire/topics.ts';
import type { ClipKey, LedgerEntry } from '../../ports.ts';
import { loadClip, stillsOf } from '../clip-rows.ts';
import { ownedClip } from '../owners/owner-views.ts';
import { serviceLimits } from '../service-limits.ts';
import { checkChain } from './chain-records.ts';
import { groupedWrites } from './grouped-writes.ts';
import type { ClipEvents, OpenClip } from './ingest-clip.ts';
import { type CommitOutcome, commitFinal, type Kept } from './ingest-commit.ts';
import type { IngestWorld } from './ingest-world.ts';

export type ClipEnds = {
  /** The clip is stored and answered: its session ends. */
  onCommitted(clip: OpenClip): void;
  onFault(clip: OpenClip, error: unknown): void;
};

type Commit = { readonly key: ClipKey; readonly final: Final; readonly kept: Kept };

export function makeClipEvents(world: IngestWorld, ends: ClipEnds): ClipEvents {
  const { catalogue, clock, counters, deferred, ledger, log, refuse } = world;
  const commit = groupedWrites(catalogue, async (tx, { key, final, kept }: Commit) => {
    const at = clock.now();
    const done = await commitFinal(tx, world, key, final, kept, at);
    await checkChain(tx, ledger, key, final, at);
    return done;
  });
  const toldAt = new WeakMap<OpenClip, number>();
  /** Per session, what was put on record already: a device repeats itself, the ledger does not. */
  const recorded = new WeakMap<OpenClip, Set<string>>();

  function record(clip: OpenClip, what: string, entry: Pick<LedgerEntry, 'kind' | 'facts'>): void {
    const known = recorded.get(clip) ?? new Set();
    recorded.set(clip, known);
    if (clip.sink || known.has(what) || known.size >= serviceLimits.faultsRecordedMax) return;
    known.add(what);
    catalogue
      .write((tx) => ledger.append(tx, { at: clock.now(), actor: 'cloud', ...clip.key, ...entry }))
      .catch((error: unknown) => {
        known.delete(what);
        log.error({ err: error, kind: entry.kind }, 'a fault could not be put on record');
      });
  }

  function count(outcome: CommitOutcome): void {
    if (outcome.kind === 'stored' || outcome.kind === 'completed') counters.clipsStored += 1;
    if (outcome.kind === 'given-up') counters.clipsGivenUp += 1;
    if (outcome.kind === 'late' || outcome.kind === 'dropped') counters.clipsLate += 1;
  }

  return {
    windowMax: world.windowMax,

    onReceipt(clip, receipt) {
      sendReceipt(world, clip.key, receipt);
      const now = clock.monotonic();
      const due = now - (toldAt.get(clip) ?? 0) >= serviceLimits.progressMs;
      if (clip.sink || receipt.state !== 'receiving' || !due) return;
      toldAt.set(clip, now);
      void announceClip(world, clip.key, clip.sizeDurable());
    },

    onMark(clip, mark) {
      if (clip.sink) return;
      deferred.saveMark(clip.key, { ...mark, sizeBytes: clip.sizeOf(mark.chunks) });
    },

    async onCommit(clip, final, kept) {
      const { key } = clip;
      const sizeBytes = clip.sizeOf(kept.chunks);
      try {
        const outcome = await commit({ key, final, kept: { ...kept, sizeBytes } });
        count(outcome);
        clip.take({ kind: 'committed' });
        ends.onCommitted(clip);
        if (outcome.purge) world.purgeSoon(key);
        await announceClip(world, key);
      } catch (error) {
        // The bytes are safe; the device is told to come back, and its final tries again.
        log.error({ err: error, ...key }, 'a clip could not be committed');
        if (!clip.closed) clip.take({ kind: 'commit-failed' });
      }
    },

    onConflict(clip, index) {
      refuse('conflict', { thing: clip.key.thing, because: `chunk ${index} of ${clip.key.clip}` });
      record(clip, `conflict ${index}`, { kind: 'clip-conflict', facts: { index } });
    },

    onReject(clip, final, because) {
      refuse('does-not-fit', { thing: clip.key.thing, because });
      const hash = finalHash(final);
      record(clip, hash, { kind: 'clip-rejected', facts: { because, finalHash: hash } });
    },

    onRefusal: (clip, because) =>
      refuse(because, { thing: clip.key.thing, because: `clip ${clip.key.clip}` }),

    onFault: ends.onFault,
  };
}

export function sendReceipt(world: IngestWorld, { thing, clip }: ClipKey, receipt: Receipt): void {
  world.counters.receipts += 1;
  world.send(thing, topics.receipt(thing, clip), encode(receipt));
}

/** Tells the owner what the clip is now, if it is his to see. */
export async function announceClip(
  world: IngestWorld,
  key: ClipKey,
  arriving: { readonly chunks?: number; readonly sizeBytes?: number } = {},
): Promise<void> {
  if (!world.announcements.isHeard()) return;
  try {
    const row = await loadClip(world.catalogue.read, key);
    if (row === undefined || !world.custody.isVisible(row, world.clock.now())) return;
    const now = row.possession === 'staged' ? { ...row, ...arriving } : row;
    const clip = ownedClip(now, await stillsOf(world.catalogue.read, key));
    world.announcements.tell(row.account, { kind: 'clip-changed', clip });
  } catch (error) {
    world.log.error({ err: error, ...key }, 'a change of a clip could not be announced');
  }
}
