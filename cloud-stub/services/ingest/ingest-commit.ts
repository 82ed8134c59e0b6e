/** A clip becomes stored or salvaged in the catalogue. Runs inside the caller's transaction. */
import { canonicalJson, finalHash } from '../../../device/wire/codec.ts';
import type { Final } from '../../../device/wire/messages.ts';
import type { DurationMs, EpochMs } from '../../../device/wire/time.ts';
import type { ClipRow, Flag } from '../../catalogue-tables.ts';
import type { ClipKey, Ledger, Writing } from '../../ports.ts';
import { statement } from '../../ports-statement.ts';
import { windowOf } from '../accounts/plans.ts';
import type { ClipCustody } from '../clip-custody.ts';
import { loadClip } from '../clip-rows.ts';
import type { HoldRegistry } from '../holds/holds.ts';
import type { GoodMark } from './ingest-session-state.ts';

const cloudActor = 'cloud';

async function update(tx: Writing, { thing, clip }: ClipKey, set: Partial<ClipRow>): Promise<void> {
  await tx
    .updateTable('clips')
    .set(set)
    .where('thing', '=', thing)
    .where('clip', '=', clip)
    .execute();
}

/** What a commit asks of the row: not its JSON, which is most of it. */
type Committing = Pick<
  ClipRow,
  | ('thing' | 'clip' | 'account' | 'possession' | 'visibility' | 'finalHash' | 'claimedAt')
  | ('boundLowerAt' | 'recordedAt' | 'firstReceivedAt' | 'storedAt' | 'expiresAt')
  | ('userDeletedAt' | 'accountClosedAt' | 'planLapsedAt' | 'deleteAt' | 'chunks' | 'root')
> & {
  readonly hasFinal: Flag;
  /** Of the plan in force when it was recorded; null: the profile's own. [RET-3] */
  readonly window: DurationMs | null;
};

async function loadCommitting(
  tx: Writing,
  { thing, clip }: ClipKey,
): Promise<Committing | undefined> {
  const [row] = await statement<Committing>`
    select thing, clip, account, possession, visibility, "finalHash", "claimedAt", "boundLowerAt",
      "recordedAt", "firstReceivedAt", "storedAt", "expiresAt", "userDeletedAt",
      "accountClosedAt", "planLapsedAt", "deleteAt", chunks, root, final is not null as "hasFinal",
      (select "clipWindowMs" from plans where plans.account = clips.account
        and "fromAt" <= "recordedAt" order by "fromAt" desc limit 1) as window
    from clips where thing = ${thing} and clip = ${clip}`.execute(tx);
  return row;
}

export type Kept = GoodMark & { readonly sizeBytes: number };

export type CommitOutcome = {
  readonly kind: 'stored' | 'completed' | 'given-up' | 'late' | 'dropped' | 'already';
  /** What is there is to be purged as soon as can be. [WIRE-8] */
  readonly purge: boolean;
};

/** What a commit asks: the rules of custody, and the holds that want to attach. */
export type CommitRules = {
  readonly ledger: Ledger;
  readonly custody: ClipCustody;
  readonly holds: Pick<HoldRegistry, 'capture'>;
};

/** The final is verified and what is kept is durable: the clip becomes stored, or the salvaged clip whole. */
export async function commitFinal(
  tx: Writing,
  { ledger, custody, holds }: CommitRules,
  key: ClipKey,
  final: Final,
  kept: Kept,
  at: EpochMs,
): Promise<CommitOutcome> {
  const row = await loadCommitting(tx, key);
  if (row === undefined) throw new Error(`clip ${key.thing}/${key.clip} has no row to commit to`);
  const { seq, disposition, reason } = final;
  const facts = {
    seq,
    disposition,
    ...(reason === undefined ? {} : { reason }),
    finalHash: finalHash(final),
    chunks: kept.chunks,
    sizeBytes: kept.sizeBytes,
    root: kept.root,
    declared: { chunks: final.chunks, size: final.size, root: final.root },
  };
  const tell = (kind: 'clip-stored' | 'clip-completed' | 'clip-evicted' | 'clip-late', more = {}) =>
    ledger.append(tx, { kind, at, actor: cloudActor, ...key, facts: { ...facts, ...more } });

  if (row.possession === 'shredding' || row.possession === 'shredded') {
    // Purged before it was whole; its bytes went nowhere. [WIRE-8]
    if (row.finalHash !== null) return { kind: 'already', purge: false };
    await update(tx, key, { finalHash: facts.finalHash, disposition });
    await tell('clip-late', { because: 'purged before' });
    return { kind: 'dropped', purge: false };
  }
  if (row.hasFinal === 1) return { kind: 'already', purge: false };

  const durationMs = durationOf(row, final);
  // [WIRE-7] A salvaged clip grows to its whole. Its expiry stays, and so does a delete.
  const frozen = row.storedAt === null ? custody.freeze(row, at, row.window) : null;
  const { storedAt, expiresAt, deleteAt } = frozen === null ? row : { storedAt: at, ...frozen };
  await statement`
    update clips set possession = 'stored', triggers = ${canonicalJson(final.triggers)},
      final = ${canonicalJson(final)}, "finalHash" = ${facts.finalHash},
      disposition = ${disposition}, reason = ${reason ?? null}, "durationMs" = ${durationMs},
      truncated = ${final.truncated || kept.chunks < final.chunks ? 1 : 0},
      chunks = ${kept.chunks}, "sizeBytes" = ${kept.sizeBytes}, root = ${kept.root},
      "storedAt" = ${storedAt}, "expiresAt" = ${expiresAt}, "deleteAt" = ${deleteAt}
    where thing = ${key.thing} and clip = ${key.clip}`.execute(tx);
  // Of what was given up the final is not about what is kept: the mark is. [DEV-5]
  if (kept.sig !== null) await update(tx, key, markOf(kept));
  const isLate = frozen?.late === true;
  if (isLate && row.visibility === 'visible') await update(tx, key, { visibility: 'expired' });
  // [HLD-3] A late one too: whether its bytes go is then for the purge to ask. [RET-4]
  await holds.capture(tx, { ...row, durationMs, chunks: kept.chunks });
  if (frozen === null) {
    await tell('clip-completed', { rootBefore: row.root, chunksBefore: row.chunks });
    return { kind: 'completed', purge: isDue(row.deleteAt, at) };
  }
  const times = { recordedAt: row.recordedAt, expiresAt: frozen.expiresAt };
  if (isLate) {
    await tell('clip-late', { ...times, because: 'its window had ended' });
    return { kind: 'late', purge: true };
  }
  const givenUp = disposition === 'evicted' || disposition === 'aborted';
  await tell(givenUp ? 'clip-evicted' : 'clip-stored', times);
  return { kind: givenUp ? 'given-up' : 'stored', purge: isDue(frozen.deleteAt, at) };
}

/**
 * The device fell silent: what its last good mark vouches for becomes stored, unfinished. Null when there is nothing to
 * do. [WIRE-7]
 */
export async function commitSalvage(
  tx: Writing,
  { ledger, custody, holds }: CommitRules,
  key: ClipKey,
  kept: Kept,
  because: string,
  at: EpochMs,
): Promise<{ readonly purge: boolean } | null> {
  const row = await loadClip(tx, key);
  if (row === undefined || row.final !== null) return null;
  if (row.possession !== 'staged' && row.possession !== 'stored') return null;
  if (row.storedAt !== null && kept.chunks <= row.chunks) return null;
  const { chunks, sizeBytes, root } = kept;
  const frozen = row.storedAt === null ? custody.freeze(row, at, await windowOf(tx, row)) : null;
  const late = frozen?.late ?? false;
  await update(tx, key, {
    possession: 'stored',
    truncated: 1,
    reason: because,
    chunks,
    sizeBytes,
    root,
    ...markOf(kept),
    ...(frozen === null
      ? {}
      : { storedAt: at, expiresAt: frozen.expiresAt, deleteAt: frozen.deleteAt }),
    ...(late && row.visibility === 'visible' ? { visibility: 'expired' as const } : {}),
  });
  await holds.capture(tx, { ...row, chunks });
  const facts = { because, chunks, sizeBytes, root, rootBefore: row.root, seq: row.seq };
  await ledger.append(tx, { kind: 'clip-salvaged', at, actor: cloudActor, ...key, facts });
  return { purge: late || isDue(frozen?.deleteAt ?? row.deleteAt, at) };
}

const markOf = ({ chunks, root, sig }: Kept): Partial<ClipRow> => ({
  markedChunks: chunks,
  markedRoot: root,
  markedSig: sig,
});

const isDue = (deleteAt: EpochMs | null, at: EpochMs): boolean =>
  deleteAt !== null && deleteAt <= at;

/** By the device's own clock; null when that stepped in between. */
function durationOf(row: Pick<ClipRow, 'claimedAt'>, final: Final): number | null {
  const length = final.endedAt - row.claimedAt;
  return length >= 0 && length < 86_400_000 ? length : null;
}
