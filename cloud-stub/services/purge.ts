/**
 * The purge of one clip, the one way to destroy footage [RET-9], in the order of RET-6: the intent
 * is committed, then the wrapped data key is destroyed, then the bytes, then the row becomes a
 * tombstone. Each step may be repeated: after a crash the purge goes on from its intent to its end.
 */
import { finalHash } from '../../device/wire/codec.ts';
import { type Final, finalSchema } from '../../device/wire/messages.ts';
import { type EpochMs, epochMs } from '../../device/wire/time.ts';
import type { ClipRow, Visibility } from '../catalogue-tables.ts';
import { type ClipFacts, deleteAtOf, disposition } from '../custody/disposition.ts';
import type { Policy } from '../custody/policy.ts';
import type { ClipKey, LedgerEntry, Ports, Writing } from '../ports.ts';
import { holdsOnClip, reckonKept } from './hold-keeping.ts';
import { lapseOnClip } from './hold-lapses.ts';
import { epochNow } from './hold-records.ts';

export type PurgePorts = Pick<Ports, 'clock' | 'catalogue' | 'vault' | 'keys' | 'ledger'>;

export type PurgeOutcome =
  | { readonly purged: true }
  /** `because` is custody's reason, or that there is no such clip. */
  | { readonly purged: false; readonly because: string };

/** What keeps clips cannot be read, so that none may go. [RET-8] */
export const holdsUnreadable = 'holds-unreadable';

const sweeperActor = 'sweeper';

/** `onIntent`: once the purge is certain, before anything is destroyed; whoever has the clip open lets go of it. */
export async function purgeClip(
  ports: PurgePorts,
  policy: Policy,
  key: ClipKey,
  onIntent: (key: ClipKey) => void = () => {},
): Promise<PurgeOutcome> {
  const { catalogue, vault, keys } = ports;
  const intent = await catalogue.write((tx) => intend(tx, ports, policy, key));
  if (!intent.purged) return intent;
  onIntent(key);
  await keys.destroy(key);
  await vault.remove(key);
  await catalogue.write((tx) => bury(tx, ports, key));
  return intent;
}

/**
 * The guard stands inside the transaction: whatever else decides about the clip comes before it or
 * after. [RET-2] A hold that is placed meanwhile is there and keeps the clip, or finds the intent and
 * is told that there are no records. [HLD-6]
 */
async function intend(
  tx: Writing,
  ports: PurgePorts,
  policy: Policy,
  key: ClipKey,
): Promise<PurgeOutcome> {
  const { clock, ledger } = ports;
  const row = await find(tx, key);
  if (row === undefined) return { purged: false, because: 'no-such-clip' };
  const at = clock.now();
  const facts = factsOf(row);
  const holds = await holdsOnClip(tx, key, deleteAtOf(facts, policy), policy.holds, at);
  const { purgeable, deletion, keep } = disposition(facts, policy, holds, at);
  if (purgeable.because === 'kept') {
    // Until then no sweep looks at it again.
    if (holds.readable) await reckonKept(tx, key, policy.holds);
    return { purged: false, because: keep.because };
  }
  if (!purgeable.value) return { purged: false, because: purgeable.because };
  if (row.possession === 'shredding') return { purged: true };
  // What time has ended ends on record before the purge that it allows.
  await lapseOnClip(tx, ports, policy, key);
  await tx
    .updateTable('clips')
    .set({ possession: 'shredding', visibility: hiddenAs(row.visibility), keptUntil: epochMs(0) })
    .where('thing', '=', key.thing)
    .where('clip', '=', key.clip)
    .execute();
  const { recordedAt, expiresAt, chunks, sizeBytes, root } = row;
  await ledger.append(tx, {
    ...entry('purge-intended', at, key),
    facts: {
      because: purgeable.because,
      deleteAt: deletion?.at ?? null,
      recordedAt,
      expiresAt,
      chunks,
      sizeBytes,
      root,
      holdEpoch: await epochNow(tx),
    },
  });
  return { purged: true };
}

/** Key and bytes are gone, durably: what the row told of the footage goes too. */
async function bury(tx: Writing, { clock, ledger }: PurgePorts, key: ClipKey): Promise<void> {
  const row = await find(tx, key);
  if (row === undefined || row.possession !== 'shredding') return;
  const at = clock.now();
  const stills = await tx
    .deleteFrom('stills')
    .where('thing', '=', key.thing)
    .where('clip', '=', key.clip)
    .executeTakeFirst();
  await tx
    .updateTable('clips')
    .set({
      possession: 'shredded',
      purgedAt: at,
      opening: '{}',
      triggers: '[]',
      final: null,
      finalHash: row.final === null ? row.finalHash : finalHash(finalOf(row.final)),
      durationMs: null,
      markedChunks: 0,
      markedRoot: null,
    })
    .where('thing', '=', key.thing)
    .where('clip', '=', key.clip)
    .execute();
  await ledger.append(tx, {
    ...entry('purged', at, key),
    facts: {
      chunks: row.chunks,
      sizeBytes: row.sizeBytes,
      root: row.root,
      stills: Number(stills.numDeletedRows),
    },
  });
}

const find = (tx: Writing, { thing, clip }: ClipKey): Promise<ClipRow | undefined> =>
  tx
    .selectFrom('clips')
    .selectAll()
    .where('thing', '=', thing)
    .where('clip', '=', clip)
    .executeTakeFirst();

const factsOf = (row: ClipRow): ClipFacts => ({
  possession: row.possession,
  recordedAt: row.recordedAt,
  expiresAt: row.expiresAt,
  userDeletedAt: row.userDeletedAt,
  accountClosedAt: row.accountClosedAt,
  planLapsedAt: row.planLapsedAt,
  abandonedAt: row.possession === 'staged' ? row.deleteAt : null,
  endOnRecordAt: row.deleteAt,
});

const hiddenAs = (visibility: Visibility): Visibility =>
  visibility === 'visible' ? 'expired' : visibility;

const finalOf = (json: string): Final => finalSchema.parse(JSON.parse(json));

const entry = (
  kind: LedgerEntry['kind'],
  at: EpochMs,
  key: ClipKey,
): Omit<LedgerEntry, 'facts'> => ({ kind, at, actor: sweeperActor, ...key });
