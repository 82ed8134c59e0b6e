/**
 * The purge of one clip, the one way to destroy footage [RET-9], in the order of RET-6: the intent
 * is committed, then the wrapped data key is destroyed, then the bytes, then the row becomes a
 * tombstone. Each step may be repeated: after a crash the purge goes on from its intent to its end.
 */
import { finalHash } from '../../../device/wire/codec.ts';
import { finalSchema } from '../../../device/wire/messages.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import { deleteAtOf, disposition, noHolds } from '../../custody/disposition.ts';
import type { Policy } from '../../custody/policy.ts';
import type { ClipKey, LedgerEntry, Ports, Writing } from '../../ports.ts';
import { factsOf } from '../clip-custody.ts';
import { captureArriving } from '../holds/hold-capture.ts';
import { holdsOnClip, reckonKept } from '../holds/hold-keeping.ts';
import { lapseOnClip } from '../holds/hold-lapses.ts';
import { epochNow } from '../holds/hold-records.ts';
import {
  clipName,
  clipRows,
  deleteStills,
  everHeld,
  markShredded,
  markShredding,
} from './purge-rows.ts';

export type PurgePorts = Pick<Ports, 'clock' | 'catalogue' | 'vault' | 'keys' | 'ledger'>;

export type PurgeOutcome =
  | { readonly purged: true }
  /** `because` is custody's reason, or that there is no such clip. */
  | { readonly purged: false; readonly because: string };

/** What keeps clips cannot be read, so that none may go. [RET-8] */
export const holdsUnreadable = 'holds-unreadable';

const sweeperActor = 'sweeper';

/** Clips decided upon in one transaction: others write in between. */
const clipsPerWrite = 64;

export type PurgeFailure = {
  readonly purged: false;
  readonly because: 'failed';
  readonly error: unknown;
};

/** `onIntent`: once the purge is certain, before anything is destroyed; whoever has the clip open lets go of it. */
export async function purgeClip(
  ports: PurgePorts,
  policy: Policy,
  key: ClipKey,
  onIntent?: (key: ClipKey) => void,
): Promise<PurgeOutcome> {
  const [outcome] = await purgeClips(ports, policy, [key], onIntent);
  if (outcome === undefined) throw new Error('a purge has an outcome');
  if ('error' in outcome) throw outcome.error;
  return outcome;
}

/**
 * Many clips at once, each by the same steps, each step of all of them before the next of any: so they share commits
 * and syncs. Outcomes are in the order of `keys`. What fails stands at its step, and is tried again. [RET-6]
 */
export async function purgeClips(
  ports: PurgePorts,
  policy: Policy,
  keys: readonly ClipKey[],
  onIntent: (key: ClipKey) => void = () => {},
): Promise<readonly (PurgeOutcome | PurgeFailure)[]> {
  const { catalogue, vault, keys: keyVault } = ports;
  const outcomes = new Map<string, PurgeOutcome | PurgeFailure>();
  const failAll = (group: readonly ClipKey[], error: unknown): void => {
    for (const key of group) {
      outcomes.set(clipName(key), { purged: false, because: 'failed', error });
    }
  };
  await inGroups(
    keys,
    async (group) => {
      const decided = await catalogue.write((tx) => intend(tx, ports, policy, group));
      for (const [name, outcome] of decided) outcomes.set(name, outcome);
    },
    failAll,
  );
  const isGoing = (key: ClipKey): boolean => outcomes.get(clipName(key))?.purged === true;
  const step = async (act: (key: ClipKey) => Promise<void>): Promise<void> => {
    await Promise.all(
      keys.filter(isGoing).map((key) => act(key).catch((error: unknown) => failAll([key], error))),
    );
  };
  for (const key of keys) if (isGoing(key)) onIntent(key);
  await step((key) => keyVault.destroy(key));
  await step((key) => vault.remove(key));
  await inGroups(
    keys.filter(isGoing),
    (group) => catalogue.write((tx) => bury(tx, ports, group)),
    failAll,
  );
  return keys.map(
    (key) => outcomes.get(clipName(key)) ?? { purged: false, because: 'no-such-clip' },
  );
}

async function inGroups(
  keys: readonly ClipKey[],
  act: (group: readonly ClipKey[]) => Promise<void>,
  onFailed: (group: readonly ClipKey[], error: unknown) => void,
): Promise<void> {
  const groups: (readonly ClipKey[])[] = [];
  for (let i = 0; i < keys.length; i += clipsPerWrite)
    groups.push(keys.slice(i, i + clipsPerWrite));
  await Promise.all(
    groups.map((group) =>
      act(group).catch(async (error: unknown) => {
        if (group.length === 1) return onFailed(group, error);
        // One that cannot be purged keeps none of the others from it.
        for (const key of group) await inGroups([key], act, onFailed);
      }),
    ),
  );
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
  keys: readonly ClipKey[],
): Promise<ReadonlyMap<string, PurgeOutcome>> {
  const { clock, ledger } = ports;
  const at = clock.now();
  const rows = await clipRows(tx, keys);
  const world = { clock, ledger, policy: policy.holds };
  if (!(await captureArriving(tx, world, rows.values()))) return unreadable(keys);
  const kept = await keptBy(tx, keys);
  const outcomes = new Map<string, PurgeOutcome>();
  const intended: ClipKey[] = [];
  const entries: LedgerEntry[] = [];
  const holdEpoch = kept === null ? 0 : await epochNow(tx);
  for (const key of keys) {
    const row = rows.get(clipName(key));
    if (row === undefined) continue;
    const isFree = kept !== null && !kept.has(clipName(key));
    const facts = factsOf(row);
    const holds = isFree
      ? noHolds
      : await holdsOnClip(tx, key, deleteAtOf(facts, policy), policy.holds, at);
    if (!holds.readable) return unreadable(keys);
    const { purgeable, deletion, keep } = disposition(facts, policy, holds, at);
    if (!purgeable.value) {
      const isKept = purgeable.because === 'kept';
      // Until then no sweep looks at it again.
      if (isKept) await reckonKept(tx, key, policy.holds);
      const because = isKept ? keep.because : purgeable.because;
      outcomes.set(clipName(key), { purged: false, because });
      continue;
    }
    outcomes.set(clipName(key), { purged: true });
    if (row.possession === 'shredding') continue;
    // What time has ended ends on record before the purge that it allows.
    if (!isFree) await lapseOnClip(tx, ports, policy, key);
    intended.push(key);
    const { recordedAt, expiresAt, chunks, sizeBytes, root } = row;
    const life = { because: purgeable.because, deleteAt: deletion?.at ?? null };
    entries.push({
      ...entry('purge-intended', at, key),
      facts: { ...life, recordedAt, expiresAt, chunks, sizeBytes, root, holdEpoch },
    });
  }
  if (intended.length > 0) {
    await markShredding(tx, intended);
    await ledger.append(tx, ...entries);
  }
  return outcomes;
}

/** A doubt about one is a doubt about all. [RET-8] */
const unreadable = (keys: readonly ClipKey[]): ReadonlyMap<string, PurgeOutcome> =>
  new Map(keys.map((key) => [clipName(key), { purged: false, because: holdsUnreadable }]));

/** Which clips need a closer look; null: all, for who knows what cannot be read. [RET-8] */
async function keptBy(tx: Writing, keys: readonly ClipKey[]): Promise<ReadonlySet<string> | null> {
  try {
    return await everHeld(tx, keys);
  } catch {
    return null; // asked clip by clip, each answers that it cannot be read
  }
}

/** Key and bytes are gone, durably: what the row told of the footage goes too. */
async function bury(
  tx: Writing,
  { clock, ledger }: PurgePorts,
  keys: readonly ClipKey[],
): Promise<void> {
  const at = clock.now();
  const rows = await clipRows(tx, keys);
  const dead = keys.filter((key) => rows.get(clipName(key))?.possession === 'shredding');
  if (dead.length === 0) return;
  const stills = await deleteStills(tx, dead);
  const graves: { key: ClipKey; finalHash: string | null }[] = [];
  const entries: LedgerEntry[] = [];
  for (const key of dead) {
    const row = rows.get(clipName(key));
    if (row === undefined) continue;
    const { chunks, sizeBytes, root } = row;
    graves.push({ key, finalHash: finalHashOf(row) });
    const facts = { chunks, sizeBytes, root, stills: stills.get(clipName(key)) ?? 0 };
    entries.push({ ...entry('purged', at, key), facts });
  }
  await markShredded(tx, graves, at);
  await ledger.append(tx, ...entries);
}

/** Known since the commit; of clips that were stored before it was, computed now. */
const finalHashOf = ({ final, finalHash: known }: ClipRow): string | null =>
  known ?? (final === null ? null : finalHash(finalSchema.parse(JSON.parse(final))));

const entry = (
  kind: LedgerEntry['kind'],
  at: EpochMs,
  key: ClipKey,
): Omit<LedgerEntry, 'facts'> => ({ kind, at, actor: sweeperActor, ...key });
