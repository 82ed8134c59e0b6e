/** A registry of holds over a catalogue in memory, and clips put there as rows. */
import { onTestFinished } from 'vitest';
import { openMemoryIdentityKeys } from '../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import { openMemoryCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import type { ClipRow, LedgerRow } from '../../../cloud-stub/catalogue-tables.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Catalogue, ClipKey, Ledger } from '../../../cloud-stub/ports.ts';
import { lapseAll } from '../../../cloud-stub/services/holds/hold-lapses.ts';
import type { Placement } from '../../../cloud-stub/services/holds/hold-placing.ts';
import { type HoldRegistry, makeHolds } from '../../../cloud-stub/services/holds/holds.ts';
import { type Leases, makeLeases } from '../../../cloud-stub/services/holds/leases.ts';
import { days, later } from '../../../device/wire/time.ts';
import { type StandingClock, standingClock } from '../standing-clock.ts';
import { accountNumbered, deviceNamed, newYear, storedClip } from './catalogue-rows.ts';
import { seededEntropy, thingNamed, ulidNumbered } from './clip-samples.ts';

export type HoldOffice = {
  readonly catalogue: Catalogue;
  readonly clock: StandingClock;
  readonly ledger: Ledger;
  readonly holds: HoldRegistry;
  readonly leases: Leases;
  add(...rows: readonly ClipRow[]): Promise<void>;
  row(key: ClipKey): Promise<ClipRow | undefined>;
  /** Puts on record what time has ended. */
  lapse(): Promise<void>;
  entries(...kinds: readonly LedgerRow['kind'][]): Promise<readonly Entry[]>;
};
export type Entry = Pick<LedgerRow, 'kind' | 'actor'> & {
  readonly facts: Readonly<Record<string, unknown>>;
};

export const holdNumbered = (n: number) => ulidNumbered(5000 + n);
export const day = (n: number) => later(newYear, days(n));

/** People, as they stand in the ledger. */
export const ada = 'ad'.repeat(16);
export const bea = 'be'.repeat(16);

/** A warrant for the porch's first month. */
export const warrant = (n: number, wanted: Partial<Placement> = {}): Placement => ({
  hold: holdNumbered(n),
  kind: 'search-warrant',
  basis: ulidNumbered(7000 + n),
  scope: { subjects: [{ by: 'device', thing: thingNamed('porch') }], from: day(0), to: day(30) },
  by: `reviewer:${ada}`,
  ...wanted,
});

export async function openHoldOffice(policy = ring2019): Promise<HoldOffice> {
  const clock = standingClock(newYear);
  const catalogue = openMemoryCatalogue();
  onTestFinished(() => catalogue.close());
  const ports = {
    catalogue,
    clock,
    ledger: openSqlLedger(openMemoryIdentityKeys(seededEntropy('identities'))),
  };
  await catalogue.write(async (tx) => {
    for (const name of ['porch', 'gate']) {
      await tx.insertInto('devices').values(deviceNamed(name)).execute();
    }
    for (const n of [1, 2]) await tx.insertInto('accounts').values(accountNumbered(n)).execute();
  });
  return {
    catalogue,
    clock,
    ledger: ports.ledger,
    holds: makeHolds(ports, policy),
    leases: makeLeases(ports, policy),
    add: (...rows) =>
      catalogue.write(async (tx) => {
        for (const row of rows) await tx.insertInto('clips').values(row).execute();
      }),
    lapse: () => lapseAll(ports, policy),
    row: ({ thing, clip }) =>
      catalogue.read
        .selectFrom('clips')
        .selectAll()
        .where('thing', '=', thing)
        .where('clip', '=', clip)
        .executeTakeFirst(),
    async entries(...kinds) {
      const rows = await catalogue.read
        .selectFrom('ledger')
        .select(['kind', 'actor', 'facts'])
        .where('kind', 'in', kinds)
        .orderBy('seq')
        .execute();
      return rows.map(({ kind, actor, facts }) => ({ kind, actor, facts: JSON.parse(facts) }));
    },
  };
}

/** The n-th clip of the porch, recorded and stored on day n. */
export const clipOfDay = (n: number, wanted: Partial<ClipRow> = {}): ClipRow => {
  const at = day(n);
  return storedClip(n, {
    claimedAt: at,
    recordedAt: at,
    boundLowerAt: at,
    firstReceivedAt: at,
    storedAt: at,
    expiresAt: later(at, days(60)),
    deleteAt: later(at, days(60)),
    durationMs: 10_000,
    ...wanted,
  });
};
