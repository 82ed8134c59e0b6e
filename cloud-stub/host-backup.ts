/** Backup and restore of this host's data directory: the parts of backends/backup/ put together. [RET-11] */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ulid } from '../device/wire/ids.ts';
import { days, type EpochMs, isoTime } from '../device/wire/time.ts';
import { BackupError } from './backends/backup/backup-error.ts';
import {
  backupKeys as backupKeysFolder,
  keySafe,
  type Manifest,
  restoringName,
  sizeOf,
} from './backends/backup/backup-files.ts';
import { readNewer } from './backends/backup/newer-catalogue.ts';
import { finishRestore, restoreFiles } from './backends/backup/restore-backup.ts';
import { backupKeyOf, snapshotName, takeBackup } from './backends/backup/take-backup.ts';
import { cryptoEntropy } from './backends/crypto-entropy.ts';
import { openFileKeyVault } from './backends/file-key-vault.ts';
import { lockFolder } from './backends/folder-lock.ts';
import { identityKeysIn } from './backends/identity-keys.ts';
import { mirrorDestruction } from './backends/key-safe.ts';
import { openSqlLedger } from './backends/ledger.ts';
import { openCatalogue } from './backends/sqlite-catalogue.ts';
import { systemClock } from './backends/system-clock.ts';
import type { CloudConfig } from './config.ts';
import type { Catalogue, Clock, KeyVault, Ledger } from './ports.ts';
import { type Replayed, replaySince } from './services/restore-replay.ts';

export type HostFolders = Pick<CloudConfig['folders'], 'data' | 'secrets'>;

export type BackupOptions = {
  readonly clock?: Clock;
  onStep?(step: string): void;
};

export type RestoreReport = Replayed & {
  readonly manifest: Manifest;
  readonly files: number;
  readonly lost: readonly { readonly thing: string; readonly clip: string }[];
  /** Why nothing will be purged until someone confirms the clock; null: it can be trusted. [RET-8] */
  readonly clockDoubted: string | null;
};

/** The strictest that the shipped profiles let a clock be silent. */
const silenceMsMax = days(2);

/** Throws BackupError, MasterKeyError and what the catalogue throws. */
export async function backUp(
  folders: HostFolders,
  target: string,
  options: BackupOptions = {},
): Promise<Manifest> {
  const { data } = folders;
  const clock = options.clock ?? systemClock;
  if ((await sizeOf(join(data, 'catalogue.sqlite'))) === null) {
    throw new BackupError(`no cloud has run on ${data}: there is nothing to back up`);
  }
  if ((await sizeOf(join(data, restoringName))) !== null) {
    throw new BackupError(
      `a restore into ${data} was cut off: end it first, with the same command`,
    );
  }
  const backupKeys = await openSafe(folders, backupKeysFolder);
  return withLedger(folders, ({ catalogue, ledger }) =>
    takeBackup({
      data,
      target,
      safe: join(folders.secrets, keySafe),
      backupKeys,
      entropy: cryptoEntropy,
      now: clock.now(),
      onBegin: async (backup) => {
        const facts = { backup };
        const entry = { kind: 'backup-taken' as const, at: clock.now(), actor: 'operator', facts };
        await catalogue.write((tx) => ledger.append(tx, entry));
      },
      onStep: options.onStep ?? (() => {}),
    }),
  );
}

/** `newer`: a data directory that tells what happened since, as far as it can be read. */
export async function restore(
  folders: HostFolders,
  backup: string,
  options: BackupOptions & { readonly newer?: string } = {},
): Promise<RestoreReport> {
  const { data } = folders;
  const clock = options.clock ?? systemClock;
  const newer = options.newer ?? null;
  const step = options.onStep ?? (() => {});
  const since =
    newer === null
      ? { withdrawn: [], closed: [], escrows: [] }
      : readNewer(join(newer, 'catalogue.sqlite'));
  const lock = lockFolder(data);
  try {
    const backupKeys = await openSafe(folders, backupKeysFolder);
    const safe = join(folders.secrets, keySafe);
    const restored = await restoreFiles({ backup, data, safe, backupKeys, newer, onStep: step });
    const { manifest, files, lost, purgedSince: purged } = restored;
    const outcome = await withLedger(folders, async (records) => {
      const clockDoubted = await doubtOf(records.catalogue, clock.now());
      const { backup: id, takenAt } = manifest;
      const replayed = await replaySince(
        { ...records, clock },
        { backup: id, takenAt, purged, ...since },
      );
      if (clockDoubted !== null) await refuseSweeps(records, clock.now(), clockDoubted);
      return { ...replayed, clockDoubted };
    });
    step('replayed');
    await finishRestore(data);
    return { manifest, files, lost, ...outcome };
  } finally {
    lock.release();
  }
}

/** Its key is destroyed: what is left of the backup is noise. False when there was none. */
export async function retireBackup(folders: HostFolders, backup: Ulid): Promise<boolean> {
  const backupKeys = await openSafe(folders, backupKeysFolder);
  if ((await backupKeys.find(backupKeyOf(backup))) === null) return false;
  await backupKeys.destroy(backupKeyOf(backup));
  return true;
}

/** Before a cloud opens its data directory. Throws BackupError while a restore is unfinished. */
export async function readyToStart({ data }: HostFolders): Promise<void> {
  if ((await sizeOf(join(data, restoringName))) !== null) {
    throw new BackupError(
      `a restore into ${data} was cut off: run the same "doorbell restore" again to end it`,
    );
  }
  // What a backup that was killed left of the catalogue must not outlive what is purged from it. [RET-7]
  await rm(join(data, snapshotName), { force: true });
}

/** Keys below the data directory whose destruction reaches the safe as well. [RET-7] */
export async function openMirroredKeys(folders: HostFolders, folder: string): Promise<KeyVault> {
  const masterKeyPath = join(folders.secrets, 'master.key');
  const open = (at: string) =>
    openFileKeyVault({ folder: at, masterKeyPath, entropy: cryptoEntropy });
  const vault = await open(join(folders.data, folder));
  return mirrorDestruction(vault, join(folders.secrets, keySafe, folder), open);
}

/** Of backups; null: none was ever taken. */
export async function openBackupKeys(folders: HostFolders): Promise<KeyVault | null> {
  return existsSync(join(folders.secrets, keySafe, backupKeysFolder))
    ? openSafe(folders, backupKeysFolder)
    : null;
}

const openSafe = ({ secrets }: HostFolders, folder: string): Promise<KeyVault> =>
  openFileKeyVault({
    folder: join(secrets, keySafe, folder),
    masterKeyPath: join(secrets, 'master.key'),
    entropy: cryptoEntropy,
  });

async function withLedger<Result>(
  folders: HostFolders,
  work: (records: { readonly catalogue: Catalogue; readonly ledger: Ledger }) => Promise<Result>,
): Promise<Result> {
  const catalogue = openCatalogue(join(folders.data, 'catalogue.sqlite'));
  try {
    const identities = identityKeysIn(await openMirroredKeys(folders, 'identities'));
    return await work({ catalogue, ledger: openSqlLedger(identities) });
  } finally {
    await catalogue.close();
  }
}

/** The restore's own entry would hide from the next start how long the ledger was silent. [RET-8] */
async function doubtOf({ read }: Catalogue, now: EpochMs): Promise<string | null> {
  const last = await read
    .selectFrom('ledger')
    .select('at')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return null;
  if (now < last.at) return `the clock says ${isoTime(now)}, before the backup was taken`;
  return now - last.at > silenceMsMax
    ? `the clock says ${isoTime(now)}, ${now - last.at} ms after the last entry of the backup`
    : null;
}

async function refuseSweeps(
  { catalogue, ledger }: { readonly catalogue: Catalogue; readonly ledger: Ledger },
  at: EpochMs,
  because: string,
): Promise<void> {
  const entry = { kind: 'sweep-refused' as const, at, actor: 'sweeper', facts: { because } };
  await catalogue.write((tx) => ledger.append(tx, entry));
}
