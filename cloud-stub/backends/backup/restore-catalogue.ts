/**
 * The catalogue of a restore: that of the backup with everything redone that was committed since; or an older data
 * folder's, where that knows more; or, when somebody gives up what came since, the backup's alone. [RET-11]
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { KeyVault } from '../../ports.ts';
import { BackupError } from './backup-error.ts';
import { type Manifest, sealedCatalogue } from './backup-files.ts';
import { type NewerCatalogue, openNewer } from './newer-catalogue.ts';
import { redoSince } from './redo.ts';
import { unsealFile } from './sealed-file.ts';
import { backupKeyOf } from './take-backup.ts';

export type CataloguePlan = {
  readonly backup: string;
  readonly manifest: Manifest;
  readonly data: string;
  readonly safe: string;
  readonly backupKeys: KeyVault;
  readonly newer: string | null;
  /** What came since may be lost. */
  readonly giveUpSince: boolean;
  /** Who the restored folder is from now on. */
  readonly owner: Ulid;
};

export type CatalogueSource =
  | { readonly from: 'redo-log'; readonly changes: number }
  | { readonly from: 'newer' }
  | { readonly from: 'backup-alone'; readonly because: string };

/** `onUnsealed` sees the catalogue as it was backed up. Throws BackupError and RedoLogError. */
export async function restoreCatalogue(
  plan: CataloguePlan,
  onUnsealed: (catalogue: string) => void,
): Promise<CatalogueSource> {
  const { data, safe, backupKeys, owner } = plan;
  const catalogue = join(data, 'catalogue.sqlite');
  await unseal(plan, catalogue);
  onUnsealed(catalogue);
  const newer =
    plan.newer === null ? null : openNewer(join(plan.newer, 'catalogue.sqlite'), plan.manifest);
  const redone = await redoSince(catalogue, safe, backupKeys, owner);
  if (newer !== null && (!redone.complete || newer.seq > redone.seq)) {
    return takeNewer(newer, catalogue, owner);
  }
  if (redone.complete) return { from: 'redo-log', changes: redone.changes };
  const { because } = redone;
  if (!plan.giveUpSince) {
    throw new BackupError(
      `what came after this backup cannot be brought back: ${because}. Name the older data folder, if its catalogue ` +
        'can be read (--newer), or give up what was held, deleted and signed since (--give-up-since)',
    );
  }
  await unseal(plan, catalogue);
  beginAnew(catalogue, owner);
  return { from: 'backup-alone', because };
}

async function unseal(
  { backup, manifest, backupKeys, safe }: CataloguePlan,
  catalogue: string,
): Promise<void> {
  const key = await backupKeys.find(backupKeyOf(manifest.backup));
  if (key === null) {
    throw new BackupError(
      `the key of backup ${manifest.backup} is not in ${safe}: it was retired, or this is another cloud's safe`,
    );
  }
  for (const rest of ['-wal', '-shm']) await rm(catalogue + rest, { force: true });
  const sha256 = await unsealFile(join(backup, sealedCatalogue), catalogue, key);
  if (sha256 !== manifest.catalogueSha256) {
    throw new BackupError(`${backup}: the catalogue is not the one that the manifest names`);
  }
}

async function takeNewer(
  newer: NewerCatalogue,
  catalogue: string,
  owner: Ulid,
): Promise<CatalogueSource> {
  await newer.copy(catalogue);
  writing(catalogue, (database) => leaveLog(database, owner));
  return { from: 'newer' };
}

/**
 * The entries that were signed since are lost: whoever has a checkpoint of them would see another history grow under
 * the same key (C2SP tlog-checkpoint). So that key signs no more; what it signed is not of the new one.
 */
function beginAnew(catalogue: string, owner: Ulid): void {
  writing(catalogue, (database) => {
    leaveLog(database, owner);
    const guards = database
      .prepare(
        "select name, sql from sqlite_master where type = 'trigger' and tbl_name = 'checkpoints'",
      )
      .all();
    for (const guard of guards) database.exec(`drop trigger "${guard['name']}"`);
    database.exec('delete from checkpoints');
    for (const guard of guards) database.exec(String(guard['sql']));
    database.exec("update exports set checkpointNote = null where state = 'leased'");
  });
}

/** Until the next backup nothing is written beside it. */
function leaveLog(database: DatabaseSync, owner: Ulid): void {
  const known = database.prepare("select 1 from sqlite_master where name = 'redoLog'").get();
  if (known === undefined) return;
  database.prepare('update redoLog set backup = null, bytes = 0, owner = ?').run(owner);
}

function writing(catalogue: string, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(catalogue);
  try {
    database.exec('pragma synchronous = full; begin');
    work(database);
    database.exec('commit');
  } finally {
    database.close();
  }
}
