/**
 * Takes a backup of a data directory, beside a running cloud or without one. In it: the catalogue, sealed with a key of
 * its own, and the encrypted bytes as they are. Not in it: any key. Those are mirrored into the key safe, where purges
 * destroy them too. A backup that was cut off is taken up again by the same call.
 */
import type { KeyObject } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeUlid, type ThingName, type Ulid } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { Entropy, KeyVault } from '../../ports.ts';
import { syncFolder } from '../folders.ts';
import { BackupError } from './backup-error.ts';
import {
  copyDurably,
  filesBelow,
  keyFolders,
  type Manifest,
  manifestName,
  type Origin,
  readIfThere,
  readJson,
  sealedCatalogue,
  sizeOf,
  stores,
  unfinishedName,
  unfinishedSchema,
  writeDurably,
} from './backup-files.ts';
import { mirrorKeys } from './mirrored-keys.ts';
import { sealFile } from './sealed-file.ts';

export type BackupPlan = {
  /** The cloud's data directory. */
  readonly data: string;
  /** Where the backup comes to be: an empty folder, or an unfinished backup of the same cloud. */
  readonly target: string;
  /** The key safe, outside both. */
  readonly safe: string;
  /** Of the backups' own keys, in the safe. */
  readonly backupKeys: KeyVault;
  readonly entropy: Entropy;
  readonly now: EpochMs;
  /** Puts on the ledger that a backup is taken; called once the safe is there, before the catalogue is read. */
  onBegin(backup: Ulid): Promise<void>;
  /** After each step that leaves something behind. */
  onStep?(step: string): void;
};

/** A backup's own key, in the form of a clip's. */
export const backupKeyOf = (backup: Ulid) => ({ thing: 'backup' as ThingName, clip: backup });

/** Throws BackupError. */
export async function takeBackup(plan: BackupPlan): Promise<Manifest> {
  const { data, target, safe } = plan;
  const step = plan.onStep ?? (() => {});
  const origin = await beginAt(plan);
  step('begun');
  // From here on a running cloud destroys in the safe too.
  for (const folder of keyFolders)
    await mkdir(join(safe, folder), { recursive: true, mode: 0o700 });
  const key = await plan.backupKeys.obtain(backupKeyOf(origin.backup));
  step('safe made');
  await plan.onBegin(origin.backup);
  const { sha256, ledger } = await sealCatalogue(plan, key);
  step('catalogue sealed');
  // Only now: whatever the catalogue names is on the disk already, and only grows.
  const copied = await copyBytes(data, target, step);
  for (const folder of keyFolders) {
    await mirrorKeys(join(data, folder), join(safe, folder), plan.entropy);
    step(`${folder} mirrored`);
  }
  const manifest: Manifest = {
    ...origin,
    takenAt: plan.now,
    ledger,
    catalogueSha256: sha256,
    ...copied,
  };
  await writeDurably(join(target, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  step('manifest written');
  await rm(join(target, unfinishedName), { force: true });
  await syncFolder(target);
  return manifest;
}

async function beginAt({ data, target, entropy, now }: BackupPlan): Promise<Origin> {
  const check = await readIfThere(join(data, 'keys', '.master-check'));
  if (check === null)
    throw new BackupError(`no cloud has run on ${data}: there is nothing to back up`);
  const masterCheck = check.toString('hex');
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await sizeOf(join(target, manifestName))) !== null) {
    throw new BackupError(`${target} holds a finished backup already: give another folder`);
  }
  const unfinished = await readJson(join(target, unfinishedName), unfinishedSchema);
  if (unfinished !== null) {
    if (unfinished.masterCheck === masterCheck) return unfinished;
    throw new BackupError(`${target} holds an unfinished backup of another cloud`);
  }
  if ((await readdir(target)).some((name) => !name.endsWith('.part'))) {
    throw new BackupError(`${target} is not empty: give a folder of its own`);
  }
  const backup = makeUlid(now, (count) => entropy.bytes(count));
  const origin: Origin = { v: 1, backup, masterCheck };
  await writeDurably(join(target, unfinishedName), `${JSON.stringify(origin)}\n`);
  return origin;
}

/**
 * The catalogue as of one moment, whatever is written meanwhile. The copy lies in the data directory until it is
 * sealed, where its contents are anyway; what a crash left of it goes with the next backup, and when a cloud starts.
 */
async function sealCatalogue(
  { data, target, entropy }: BackupPlan,
  key: KeyObject,
): Promise<{ readonly sha256: string; readonly ledger: Manifest['ledger'] }> {
  const copy = join(data, snapshotName);
  await rm(copy, { force: true });
  const source = new DatabaseSync(join(data, 'catalogue.sqlite'), {
    readOnly: true,
    timeout: 5000,
  });
  try {
    source.prepare('vacuum into ?').run(copy);
  } finally {
    source.close();
  }
  try {
    return {
      ledger: ledgerOf(copy),
      sha256: await sealFile(copy, join(target, sealedCatalogue), key, entropy),
    };
  } finally {
    await rm(copy, { force: true });
  }
}

export const snapshotName = '.catalogue-for-backup.sqlite';

function ledgerOf(copy: string): Manifest['ledger'] {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    const last = database.prepare('select seq, hash from ledger order by seq desc limit 1').get();
    return last === undefined
      ? { size: 0, head: '0'.repeat(64) }
      : { size: Number(last['seq']) + 1, head: String(last['hash']) };
  } finally {
    database.close();
  }
}

/** What was copied by an earlier run and has not grown since is not copied again. */
async function copyBytes(
  data: string,
  target: string,
  step: (name: string) => void,
): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  for (const store of stores) {
    for await (const path of filesBelow(join(data, store.bytes))) {
      const [from, to] = [join(data, store.bytes, path), join(target, store.bytes, path)];
      const size = await sizeOf(from);
      if (size === null) continue; // purged meanwhile
      if ((await sizeOf(to)) !== size) {
        if (!(await copyDurably(from, to))) continue;
        await syncFolder(dirname(to));
      }
      files++;
      bytes += (await sizeOf(to)) ?? 0;
      step(`copied ${path}`);
    }
  }
  return { files, bytes };
}
