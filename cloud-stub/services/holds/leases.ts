/**
 * Leases: what an export at work keeps from being purged. All in the caller's transaction, with the
 * caller's own entry of it in the ledger; that one is renewed or ends stands there by itself.
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import { between, type EpochMs, later } from '../../../device/wire/time.ts';
import type { LeaseRow } from '../../catalogue-tables-holds.ts';
import { endOfLease, type Lease, type LeaseEnding, leaseEnd } from '../../custody/leases.ts';
import type { Policy } from '../../custody/policy.ts';
import type { ClipKey, Ports, Writing } from '../../ports.ts';
import { loadClip } from '../clip-rows.ts';
import { reckonKept } from './hold-keeping.ts';
import { nextEpoch } from './hold-records.ts';
import { type HoldWorld, tellOfHold } from './hold-world.ts';

/**
 * How an export calls it: `take` with all its clips when its list is frozen; `renew` now and then while
 * it works, far more often than a term is long; `end` with its seal. What is not renewed lapses.
 */
export type Leases = {
  /** Null: taken, or was taken before. Otherwise a clip that is not there to be leased. */
  take(
    tx: Writing,
    lease: Ulid,
    basis: Ulid,
    clips: readonly ClipKey[],
    by?: string,
  ): Promise<ClipKey | null>;
  /** False: it has ended, and the footage may be gone. */
  renew(tx: Writing, lease: Ulid): Promise<boolean>;
  end(tx: Writing, lease: Ulid, because?: Exclude<LeaseEnding, 'lapsed'>): Promise<void>;
};

export function makeLeases(
  { clock, ledger }: Pick<Ports, 'clock' | 'ledger'>,
  policy: Policy,
): Leases {
  const world: HoldWorld = { clock, ledger, policy: policy.holds };

  return {
    async take(tx, lease, basis, clips, by = 'cloud') {
      if ((await find(tx, lease)) !== null) return null;
      const takenAt = clock.now();
      const expiresAt = leaseEnd(takenAt, policy.holds, takenAt);
      const rows = [];
      for (const key of clips) {
        const row = await loadClip(tx, key);
        if (row?.possession !== 'stored' || row.root === null) return key;
        const { thing, clip, chunks, sizeBytes, root } = row;
        rows.push({ lease, thing, clip, chunks, sizeBytes, root });
      }
      await tx
        .insertInto('leases')
        .values({
          ...{ lease, basis, takenAt, takenBy: by, expiresAt },
          ...{ endedAt: null, endedBecause: null },
        })
        .execute();
      for (const row of rows) await tx.insertInto('leaseItems').values(row).execute();
      await reckonKept(tx, { lease }, policy.holds);
      await nextEpoch(tx);
      return null;
    },

    async renew(tx, id) {
      const lease = await find(tx, id);
      const now = clock.now();
      if (lease === null || endOfLease(lease, now) !== null) return false;
      const expiresAt = leaseEnd(lease.takenAt, policy.holds, now);
      // A sign of life an hour is not worth an entry each: half a term is what is left at the least.
      const { termMs, totalMsMax } = policy.holds.lease;
      const isLast = expiresAt === later(lease.takenAt, totalMsMax);
      const gainMs = between(lease.expiresAt, expiresAt);
      if (gainMs === 0 || (gainMs < termMs / 2 && !isLast)) return true;
      await tx.updateTable('leases').set({ expiresAt }).where('lease', '=', id).execute();
      await reckonKept(tx, { lease: id }, policy.holds);
      const facts = { lease: id, basis: lease.basis, expiresAt, epoch: await nextEpoch(tx) };
      await tellOfHold(tx, world, 'lease-renewed', 'cloud', facts);
      return true;
    },

    async end(tx, id, because = 'done') {
      const lease = await find(tx, id);
      if (lease === null || lease.ended !== null) return;
      const now = clock.now();
      await finish(tx, world, lease, endOfLease(lease, now) ?? { at: now, because });
    },
  };
}

/** Puts on record what time has ended. */
export async function lapseLeases(tx: Writing, world: HoldWorld): Promise<void> {
  const now = world.clock.now();
  const due = await tx
    .selectFrom('leases')
    .selectAll()
    .where('endedAt', 'is', null)
    .where('expiresAt', '<=', now)
    .execute();
  for (const row of due) await lapse(tx, world, leaseOf(row), now);
}

export async function lapseLeasesOnClip(
  tx: Writing,
  world: HoldWorld,
  { thing, clip }: ClipKey,
): Promise<void> {
  const rows = await tx
    .selectFrom('leaseItems')
    .innerJoin('leases', 'leases.lease', 'leaseItems.lease')
    .selectAll('leases')
    .where('leaseItems.thing', '=', thing)
    .where('leaseItems.clip', '=', clip)
    .where('leases.endedAt', 'is', null)
    .execute();
  for (const row of rows) await lapse(tx, world, leaseOf(row), world.clock.now());
}

async function lapse(tx: Writing, world: HoldWorld, lease: Lease, now: EpochMs): Promise<void> {
  const ended = endOfLease(lease, now);
  if (ended !== null) await finish(tx, world, lease, ended);
}

async function finish(
  tx: Writing,
  world: HoldWorld,
  { lease, basis }: Lease,
  ended: NonNullable<Lease['ended']>,
): Promise<void> {
  await tx
    .updateTable('leases')
    .set({ endedAt: ended.at, endedBecause: ended.because })
    .where('lease', '=', lease)
    .execute();
  await reckonKept(tx, { lease }, world.policy);
  const facts = { lease, basis, because: ended.because, epoch: await nextEpoch(tx) };
  await tellOfHold(tx, world, 'lease-ended', 'cloud', facts);
}

async function find(tx: Writing, lease: Ulid): Promise<Lease | null> {
  const row = await tx
    .selectFrom('leases')
    .selectAll()
    .where('lease', '=', lease)
    .executeTakeFirst();
  return row === undefined ? null : leaseOf(row);
}

function leaseOf({ lease, basis, takenAt, expiresAt, endedAt, endedBecause }: LeaseRow): Lease {
  const ended =
    endedAt === null || endedBecause === null ? null : { at: endedAt, because: endedBecause };
  return { lease, basis, takenAt, expiresAt, ended };
}
