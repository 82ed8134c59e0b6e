/** Backup of this host's data directory: the parts of backends/backup/ put together. [RET-11] */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeUlid, type Ulid } from '../device/wire/ids.ts';
import { BackupError } from './backends/backup/backup-error.ts';
import {
  backupKeys as backupKeysFolder,
  keySafe,
  type Manifest,
  restoringName,
  sizeOf,
} from './backends/backup/backup-files.ts';
import { redoEndPath } from './backends/backup/redo-end.ts';
import { redoLogPath } from './backends/backup/redo-record.ts';
import { writeRedoLog } from './backends/backup/redo-writer.ts';
import { backupKeyOf, snapshotName, takeBackup } from './backends/backup/take-backup.ts';
import { cryptoEntropy } from './backends/crypto-entropy.ts';
import { openFileKeyVault } from './backends/file-key-vault.ts';
import { identityKeysIn } from './backends/identity-keys.ts';
import { mirrorToSafe } from './backends/key-safe.ts';
import { openSqlLedger } from './backends/ledger.ts';
import { openCatalogue } from './backends/sqlite-catalogue.ts';
import { systemClock } from './backends/system-clock.ts';
import type { CloudConfig } from './config.ts';
import type { Catalogue, Clock, KeyVault, Ledger, Ports } from './ports.ts';

export type HostFolders = Pick<CloudConfig['folders'], 'data' | 'secrets'>;

export type BackupOptions = {
  readonly clock?: Clock;
  onStep?(step: string): void;
};

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
      onBegin: (backup) => beginBackup({ catalogue, ledger, clock }, backup),
      onStep: options.onStep ?? (() => {}),
    }),
  );
}

/**
 * From here on every transaction is in the redo log of this backup too; its entry in the ledger is the first, so that
 * there is a log to be missed.
 */
async function beginBackup(
  { catalogue, ledger, clock }: Pick<Ports, 'catalogue' | 'ledger' | 'clock'>,
  backup: Ulid,
): Promise<void> {
  const at = clock.now();
  await catalogue.write(async (tx) => {
    const owner = makeUlid(at, (count) => cryptoEntropy.bytes(count));
    await tx
      .updateTable('redoLog')
      .set((eb) => ({ backup, bytes: 0, owner: eb.fn.coalesce('owner', eb.val(owner)) }))
      .where((eb) => eb.or([eb('backup', 'is', null), eb('backup', '<>', backup)]))
      .execute();
  });
  const entry = { kind: 'backup-taken' as const, at, actor: 'operator', facts: { backup } };
  await catalogue.write((tx) => ledger.append(tx, entry));
}

/** Its key is destroyed: what is left of the backup is noise. False when there was none. */
export async function retireBackup(folders: HostFolders, backup: Ulid): Promise<boolean> {
  const backupKeys = await openSafe(folders, backupKeysFolder);
  if ((await backupKeys.find(backupKeyOf(backup))) === null) return false;
  await backupKeys.destroy(backupKeyOf(backup));
  const safe = join(folders.secrets, keySafe);
  for (const path of [redoLogPath(safe, backup), redoEndPath(safe, backup)]) {
    await rm(path, { force: true });
  }
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

/** From the first backup on, what is committed is in the key safe before. Throws CatalogueError. [RET-11] */
export function openHostCatalogue(folders: HostFolders): Catalogue {
  let opened: KeyVault | null = null;
  return openCatalogue(
    join(folders.data, 'catalogue.sqlite'),
    writeRedoLog({
      safe: join(folders.secrets, keySafe),
      backupKeys: async () => {
        opened ??= await openBackupKeys(folders);
        return opened;
      },
      entropy: cryptoEntropy,
    }),
  );
}

/** Keys below the data directory that are made and destroyed in the safe as well. [RET-7, RET-11] */
export async function openMirroredKeys(folders: HostFolders, folder: string): Promise<KeyVault> {
  const masterKeyPath = join(folders.secrets, 'master.key');
  const open = (at: string) =>
    openFileKeyVault({ folder: at, masterKeyPath, entropy: cryptoEntropy });
  const own = join(folders.data, folder);
  const safe = join(folders.secrets, keySafe, folder);
  return mirrorToSafe(await open(own), { folder: own, safe, open });
}

/** Of backups; null: none was ever taken. */
export async function openBackupKeys(folders: HostFolders): Promise<KeyVault | null> {
  return existsSync(join(folders.secrets, keySafe, backupKeysFolder))
    ? openSafe(folders, backupKeysFolder)
    : null;
}

export const openSafe = ({ secrets }: HostFolders, folder: string): Promise<KeyVault> =>
  openFileKeyVault({
    folder: join(secrets, keySafe, folder),
    masterKeyPath: join(secrets, 'master.key'),
    entropy: cryptoEntropy,
  });

export async function withLedger<Result>(
  folders: HostFolders,
  work: (records: { readonly catalogue: Catalogue; readonly ledger: Ledger }) => Promise<Result>,
): Promise<Result> {
  const catalogue = openHostCatalogue(folders);
  try {
    const identities = identityKeysIn(await openMirroredKeys(folders, 'identities'));
    return await work({ catalogue, ledger: openSqlLedger(identities) });
  } finally {
    await catalogue.close();
  }
}
