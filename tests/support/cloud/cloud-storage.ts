/** The cloud's storage in a folder, and clips put into it as the ingest does. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cryptoEntropy } from '../../../cloud-stub/backends/crypto-entropy.ts';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { openFileVault } from '../../../cloud-stub/backends/file-vault.ts';
import {
  identityKeysIn,
  openMemoryIdentityKeys,
} from '../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import { openMemoryLedgerSigner } from '../../../cloud-stub/backends/ledger-key.ts';
import { openCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import type { ClipRow } from '../../../cloud-stub/catalogue-tables.ts';
import {
  type HostFolders,
  openHostCatalogue,
  openMirroredKeys,
} from '../../../cloud-stub/host-backup.ts';
import type { Clock, Ports } from '../../../cloud-stub/ports.ts';
import { clipRoot } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { days, type EpochMs, later } from '../../../device/wire/time.ts';
import { deviceNamed, stagedClip } from './catalogue-rows.ts';
import {
  clipNumbered,
  sampleBytes,
  seededEntropy,
  sha256Of,
  ulidNumbered,
} from './clip-samples.ts';

export type Storage = Omit<Ports, 'bus'>;

export const dataFolder = (folder: string): string => join(folder, 'data');

/** May be opened again on the same folder once closed, as after a restart. */
export async function openStorage(folder: string, clock: Clock): Promise<Storage> {
  const data = dataFolder(folder);
  const entropy = seededEntropy(clock.now());
  const catalogue = openCatalogue(join(data, 'catalogue.sqlite'));
  onTestFinished(() => catalogue.close());
  const identities = openMemoryIdentityKeys(seededEntropy('identities'));
  return {
    clock,
    entropy,
    catalogue,
    vault: await openFileVault(join(data, 'vault')),
    keys: await openFileKeyVault({
      folder: join(data, 'keys'),
      masterKeyPath: join(folder, 'secret', 'master.key'),
      entropy,
    }),
    ledger: openSqlLedger(identities),
    identities,
    ledgerSigner: openMemoryLedgerSigner(seededEntropy('ledger')),
  };
}

/** The same where a host keeps it, keys mirrored into the safe as a cloud does it. */
export async function openHostStorage(folders: HostFolders, clock: Clock): Promise<Storage> {
  const catalogue = openHostCatalogue(folders);
  onTestFinished(() => catalogue.close());
  const identities = identityKeysIn(await openMirroredKeys(folders, 'identities'));
  return {
    clock,
    entropy: cryptoEntropy,
    catalogue,
    vault: await openFileVault(join(folders.data, 'vault')),
    keys: await openMirroredKeys(folders, 'keys'),
    ledger: openSqlLedger(identities),
    identities,
    ledgerSigner: openMemoryLedgerSigner(seededEntropy('ledger')),
  };
}

export type SampleClip = {
  readonly key: { readonly thing: ClipRow['thing']; readonly clip: Ulid };
  readonly chunks: readonly Buffer[];
  readonly still: { readonly id: Ulid; readonly jpeg: Buffer };
};

export const sampleClip = (n: number): SampleClip => ({
  key: clipNumbered(n),
  chunks: [0, 1, 2].map((index) => sampleBytes(5000 + index, `clip ${n} chunk ${index}`)),
  still: { id: ulidNumbered(1000 + n), jpeg: sampleBytes(3000, `still ${n}`) },
});

/** Stores the n-th sample clip, recorded and received at `recordedAt`. */
export async function storeSample(
  { catalogue, vault, keys, ledger }: Storage,
  n: number,
  recordedAt: EpochMs,
  wanted: Partial<ClipRow> = {},
): Promise<SampleClip> {
  const sample = sampleClip(n);
  const { key, chunks, still } = sample;
  const clip = await vault.open(key, await keys.obtain(key));
  for (const [index, chunk] of chunks.entries()) clip.append(index, chunk, sha256Of(chunk));
  clip.addStill(still.id, still.jpeg);
  await clip.sync();
  await clip.close();
  const root = clipRoot(chunks.map(sha256Of));
  const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const expiresAt = later(recordedAt, days(60));
  const row = stagedClip(n, {
    possession: 'stored',
    claimedAt: recordedAt,
    recordedAt,
    boundLowerAt: recordedAt,
    firstReceivedAt: recordedAt,
    storedAt: recordedAt,
    expiresAt,
    deleteAt: expiresAt,
    chunks: chunks.length,
    sizeBytes,
    root,
    ...wanted,
  });
  await catalogue.write(async (tx) => {
    await tx
      .insertInto('devices')
      .values(deviceNamed(key.thing))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx.insertInto('clips').values(row).execute();
    await tx
      .insertInto('stills')
      .values({ ...key, still: still.id, sizeBytes: still.jpeg.length, receivedAt: recordedAt })
      .execute();
    const facts = { chunks: chunks.length, sizeBytes, root };
    const told = { at: row.storedAt ?? recordedAt, actor: 'test', ...key };
    await ledger.append(tx, { ...told, kind: 'clip-opened', facts: {} });
    if (row.storedAt !== null) await ledger.append(tx, { ...told, kind: 'clip-stored', facts });
  });
  return sample;
}

/** Every file under a folder, with its bytes. */
export function filesUnder(folder: string): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path, readFileSync(path));
  }
  return files;
}
