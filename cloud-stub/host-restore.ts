/** Restoring a backup into this host's data directory: the parts of backends/backup/ put together. [RET-11] */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeUlid, type Ulid } from '../device/wire/ids.ts';
import { days, type EpochMs, isoTime } from '../device/wire/time.ts';
import {
  backupKeys as backupKeysFolder,
  keySafe,
  type Manifest,
} from './backends/backup/backup-files.ts';
import { finishRestore, restoreFiles, type StoredClip } from './backends/backup/restore-backup.ts';
import type { CatalogueSource } from './backends/backup/restore-catalogue.ts';
import { cryptoEntropy } from './backends/crypto-entropy.ts';
import { openFileVault } from './backends/file-vault.ts';
import { lockFolder } from './backends/folder-lock.ts';
import { syncFolder } from './backends/folders.ts';
import { systemClock } from './backends/system-clock.ts';
import {
  type BackupOptions,
  type HostFolders,
  openMirroredKeys,
  openSafe,
  withLedger,
} from './host-backup.ts';
import type { Catalogue, Ledger } from './ports.ts';
import { lastEntryAt } from './services/retention/clock-watch.ts';
import { replaySince } from './services/retention/restore-replay.ts';

export type RestoreOptions = BackupOptions & {
  /** An older data directory: what it still has of keys, bytes and catalogue counts as well. */
  readonly newer?: string;
  /** Restore also where what came since the backup is lost; the ledger then begins anew under another key. */
  readonly giveUpSince?: boolean;
};

export type RestoreReport = {
  readonly manifest: Manifest;
  readonly files: number;
  /** Where what came after the backup is from. */
  readonly since: CatalogueSource;
  /** What the backup still had and was purged since. */
  readonly purged: number;
  /** Clips whose bytes are nowhere, or not all of them. */
  readonly lost: readonly { readonly thing: string; readonly clip: string }[];
  /** Why nothing will be purged until someone confirms the clock; null: it can be trusted. [RET-8] */
  readonly clockDoubted: string | null;
};

/** The strictest that the shipped profiles let a clock be silent. */
const silenceMsMax = days(2);

/** Throws BackupError and RedoLogError. */
export async function restore(
  folders: HostFolders,
  backup: string,
  options: RestoreOptions = {},
): Promise<RestoreReport> {
  const { data, secrets } = folders;
  const { clock = systemClock, newer = null, giveUpSince = false } = options;
  const step = options.onStep ?? (() => {});
  const lock = lockFolder(data);
  try {
    const backupKeys = await openSafe(folders, backupKeysFolder);
    const owner = makeUlid(clock.now(), (count) => cryptoEntropy.bytes(count));
    const plan = { backup, data, backupKeys, newer, giveUpSince, owner, onStep: step };
    const restored = await restoreFiles({ ...plan, safe: join(secrets, keySafe) });
    const { manifest, files, catalogue: since } = restored;
    const incomplete = await incompleteOf(folders, restored.inDoubt);
    const lost = [...restored.lost, ...incomplete].map(({ thing, clip }) => ({ thing, clip }));
    if (since.from === 'backup-alone') await endLedgerKey(secrets, manifest.backup);
    const outcome = await withLedger(folders, async (records) => {
      const clockDoubted = await doubtOf(records.catalogue, clock.now());
      const purged = await replaySince(
        { ...records, clock },
        {
          ...{ backup: manifest.backup, takenAt: manifest.takenAt, lost: lost.length },
          ...{ purged: restored.purgedSince, since: since.from },
        },
      );
      if (clockDoubted !== null) await refuseSweeps(records, clock.now(), clockDoubted);
      return { purged, clockDoubted };
    });
    step('replayed');
    await finishRestore(data);
    return { manifest, files, since, lost, ...outcome };
  } finally {
    lock.release();
  }
}

/** Of clips of which more came after the backup began: those that have not all chunks and stills. */
async function incompleteOf(
  folders: HostFolders,
  inDoubt: readonly StoredClip[],
): Promise<readonly StoredClip[]> {
  const keys = await openMirroredKeys(folders, 'keys');
  const vault = await openFileVault(join(folders.data, 'vault'));
  const incomplete: StoredClip[] = [];
  for (const each of inDoubt) {
    const key = await keys.find(each);
    const reader = key === null ? null : await vault.openRead(each, key);
    let isWhole = (reader?.chunks().size ?? 0) >= each.chunks;
    for (const still of each.stills) isWhole &&= (await reader?.still(still)) != null;
    if (!isWhole) incomplete.push(each);
    await reader?.close();
  }
  return incomplete;
}

/** It has signed entries that are lost, and signs no others in their place: the next start makes another. */
async function endLedgerKey(secrets: string, backup: Ulid): Promise<void> {
  const path = join(secrets, 'ledger.key');
  if (existsSync(path)) await rename(path, join(secrets, `ledger-ended-${backup}.key`));
  await syncFolder(secrets);
}

/** The restore's own entry would hide from the next start how long the ledger was silent. [RET-8] */
async function doubtOf(catalogue: Catalogue, now: EpochMs): Promise<string | null> {
  const lastAt = await lastEntryAt(catalogue);
  if (lastAt === null) return null;
  if (now < lastAt) return `the clock says ${isoTime(now)}, before the backup was taken`;
  return now - lastAt > silenceMsMax
    ? `the clock says ${isoTime(now)}, ${now - lastAt} ms after the last entry of the backup`
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
