/** A records office in a folder, its footage made of random bytes, for the bench of exports. */
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { pino } from 'pino';
import { openFileKeyVault } from '../../cloud-stub/backends/file-key-vault.ts';
import { openFileVault } from '../../cloud-stub/backends/file-vault.ts';
import { openMemoryIdentityKeys } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { openFileLedgerSigner } from '../../cloud-stub/backends/ledger-key.ts';
import { cmsSealer } from '../../cloud-stub/backends/seal/cms-sealer.ts';
import { openOfficeKeys } from '../../cloud-stub/backends/seal/office-keys.ts';
import { embeddedTimeStamper } from '../../cloud-stub/backends/seal/time-stamping.ts';
import { openCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Catalogue, ClipKey, Writing } from '../../cloud-stub/ports.ts';
import type { ExportWorld } from '../../cloud-stub/services/exports/export-world.ts';
import { type Exports, makeExports } from '../../cloud-stub/services/exports/exports.ts';
import { makeLeases } from '../../cloud-stub/services/holds/leases.ts';
import { makeCheckpoints } from '../../cloud-stub/services/ledger/checkpoints.ts';
import { clipRoot } from '../../device/wire/codec.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { limits } from '../../device/wire/limits.ts';
import { days, later } from '../../device/wire/time.ts';
import { entropy } from './bench-entropy.ts';

/** Seven and a half MiB: half a minute at 2 Mbit/s. */
const chunksPerClip = 64;
export const clipBytes = chunksPerClip * limits.chunkBytesMax;
const thing = 'bench-door' as ThingName;

export type ExportStore = {
  readonly world: ExportWorld;
  readonly exports: Exports;
  close(): Promise<void>;
};

export async function openExportStore(folder: string): Promise<ExportStore> {
  const catalogue: Catalogue = openCatalogue(path.join(folder, 'catalogue.sqlite'));
  const keysIn = (name: string) =>
    openFileKeyVault({
      folder: path.join(folder, name),
      masterKeyPath: path.join(folder, 'secrets', 'master.key'),
      entropy,
    });
  const ports = {
    clock: systemClock,
    catalogue,
    vault: await openFileVault(path.join(folder, 'vault')),
    keys: await keysIn('keys'),
    ledger: openSqlLedger(openMemoryIdentityKeys(entropy)),
    ledgerSigner: await openFileLedgerSigner({
      path: path.join(folder, 'secrets', 'ledger.key'),
      entropy,
    }),
  };
  const office = await openOfficeKeys(path.join(folder, 'secrets', 'office'));
  const world: ExportWorld = {
    ...ports,
    bags: {
      vault: await openFileVault(path.join(folder, 'bags', 'vault')),
      keys: await keysIn('bags/keys'),
    },
    sealer: cmsSealer(office),
    stamper: embeddedTimeStamper(office, { clock: systemClock, entropy }),
    leases: makeLeases(ports, ring2019),
    checkpoints: makeCheckpoints(ports),
    software: 'doorbell-emulator, in a benchmark',
    readDocument: async () => null,
    bagExpiresAt: (sealedAt) => later(sealedAt, days(90)),
  };
  const exports = makeExports(world, pino({ level: 'silent' }));
  return { world, exports, close: () => catalogue.close() };
}

/** Stores so many clips, as an ingest leaves them. */
export async function fillStore({ world }: ExportStore, clips: number): Promise<void> {
  const { catalogue } = world;
  await catalogue.write((tx) => addDevice(tx));
  for (let n = 0; n < clips; n++) {
    const key = { thing, clip: `01J${String(n).padStart(23, '0')}` as Ulid };
    const root = await storeClip(world, key);
    await catalogue.write((tx) => addClip(tx, world, key, n, root));
  }
}

export const clipsIn = ({ world }: ExportStore): Promise<ClipKey[]> =>
  world.catalogue.read.selectFrom('clips').select(['thing', 'clip']).orderBy('clip').execute();

async function storeClip({ vault, keys }: ExportWorld, key: ClipKey): Promise<string> {
  const journal = await vault.open(key, await keys.obtain(key));
  const hashes: Buffer[] = [];
  for (let index = 0; index < chunksPerClip; index++) {
    const chunk = randomBytes(limits.chunkBytesMax);
    const hash = createHash('sha256').update(chunk).digest();
    hashes.push(hash);
    journal.append(index, chunk, hash);
  }
  await journal.sync();
  await journal.close();
  return clipRoot(hashes);
}

const addDevice = (tx: Writing) =>
  tx
    .insertInto('devices')
    .values({
      ...{ thing, certificate: 'none', enrolledAt: systemClock.now(), revokedAt: null },
      ...{ lastSeenAt: null, connected: 0, settings: null, settingsWanted: null, eventsUpTo: 0 },
    })
    .execute();

async function addClip(
  tx: Writing,
  { ledger }: ExportWorld,
  key: ClipKey,
  seq: number,
  root: string,
): Promise<void> {
  const at = systemClock.now();
  const expiresAt = later(at, days(60));
  await tx
    .insertInto('clips')
    .values({
      ...{ ...key, account: null, possession: 'stored', visibility: 'visible', boot: 1, seq },
      ...{ trigger: 'motion', triggers: '[]', opening: '{}', final: null, finalHash: null },
      ...{ disposition: 'complete', truncated: 0, reason: null, claimedAt: at },
      ...{ boundLowerAt: at, recordedAt: at, firstReceivedAt: at, storedAt: at, expiresAt },
      ...{ userDeletedAt: null, deleteAt: expiresAt, durationMs: 30_000 },
      ...{ chunks: chunksPerClip, sizeBytes: clipBytes, root, markedChunks: 0, markedRoot: null },
      ...{ purgedAt: null, keptUntil: at },
    })
    .execute();
  const facts = { chunks: chunksPerClip, sizeBytes: clipBytes, root };
  await ledger.append(tx, { kind: 'clip-stored', at, actor: 'cloud', ...key, facts });
}
