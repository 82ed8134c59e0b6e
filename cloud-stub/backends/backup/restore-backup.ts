/**
 * Restores a backup into an empty data directory. Nothing of what was purged since comes back: keys come from the safe,
 * where purges destroyed them too; what has none is not even copied. Until the end no cloud starts there; a restore
 * that was cut off is taken up again by the same call.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import type { ClipKey } from '../../ports.ts';
import { syncFolder } from '../folders.ts';
import { BackupError } from './backup-error.ts';
import {
  copyDurably,
  filesBelow,
  keyFolders,
  type Manifest,
  manifestName,
  manifestSchema,
  readIfThere,
  readJson,
  restoringName,
  restoringSchema,
  sizeOf,
  stores,
  writeDurably,
} from './backup-files.ts';
import { clipOf, destroyedIn, mergeDestroyed } from './mirrored-keys.ts';
import { type CataloguePlan, type CatalogueSource, restoreCatalogue } from './restore-catalogue.ts';

export type RestorePlan = Omit<CataloguePlan, 'manifest'> & {
  onStep?(step: string): void;
};

export type Restored = {
  readonly manifest: Manifest;
  readonly catalogue: CatalogueSource;
  readonly files: number;
  /** Clips that the backup still has and whose key was destroyed since: to become tombstones. */
  readonly purgedSince: readonly ClipKey[];
  /** Clips that should be there and have neither key nor destruction on record. */
  readonly lost: readonly ClipKey[];
  /** Stored since the backup was taken: it may have all of their bytes, or only the first. */
  readonly inDoubt: readonly StoredClip[];
};
export type StoredClip = ClipKey & { readonly chunks: number; readonly stills: readonly Ulid[] };

/**
 * Brings everything into place; the caller then replays and calls `finishRestore`. Throws BackupError and
 * RedoLogError.
 */
export async function restoreFiles(plan: RestorePlan): Promise<Restored> {
  const { backup, data } = plan;
  const step = plan.onStep ?? (() => {});
  const manifest = await readJson(join(backup, manifestName), manifestSchema);
  if (manifest === null) {
    throw new BackupError(`${backup} holds no finished backup (there is no ${manifestName})`);
  }
  await beginAt(plan, manifest);
  step('begun');
  let before: Rows = new Map();
  const catalogue = await restoreCatalogue({ ...plan, manifest }, (unsealed) => {
    before = clipRows(unsealed);
    step('catalogue unsealed');
  });
  step('catalogue redone');
  const rows = clipRows(join(data, 'catalogue.sqlite'));
  await restoreKeys(plan, rows);
  step('keys restored');
  let files = 0;
  for (const store of stores) {
    files += await restoreBytes(plan, store, store.bytes === 'vault' ? rows : null);
    step(`${store.bytes} restored`);
  }
  return { manifest, catalogue, files, ...(await judge(data, rows, before)) };
}

/** From here on a cloud may start. */
export async function finishRestore(data: string): Promise<void> {
  await rm(join(data, restoringName), { force: true });
  await syncFolder(data);
}

async function beginAt(
  { data, safe }: RestorePlan,
  { backup, masterCheck }: Manifest,
): Promise<void> {
  const check = await readIfThere(join(safe, 'keys', '.master-check'));
  if (check === null) throw new BackupError(`${safe} is no key safe: it holds no keys`);
  if (check.toString('hex') !== masterCheck) {
    throw new BackupError(`${safe} holds the keys of another cloud than the backup's`);
  }
  await mkdir(data, { recursive: true, mode: 0o700 });
  const marker = join(data, restoringName);
  const restoring = await readJson(marker, restoringSchema);
  if (restoring !== null) {
    if (restoring.backup === backup) return;
    throw new BackupError(`${data} holds a restore of another backup that was cut off: remove it`);
  }
  if ((await readdir(data)).some((name) => name !== 'lock')) {
    throw new BackupError(`${data} is not empty: a restore begins with nothing`);
  }
  await writeDurably(marker, `${JSON.stringify({ v: 1, backup, masterCheck })}\n`);
}

type Row = StoredClip & { readonly possession: string };
type Rows = ReadonlyMap<string, Row>;
const nameOf = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;

function clipRows(catalogue: string): Rows {
  const database = new DatabaseSync(catalogue, { readOnly: true });
  try {
    const rows = database
      .prepare(
        `select thing, clip, possession, chunks,
           (select json_group_array(still) from stills
            where stills.thing = clips.thing and stills.clip = clips.clip) as stills
         from clips where possession in ('staged', 'stored', 'shredding')`,
      )
      .all()
      .map((row) => ({
        thing: String(row['thing']) as ThingName,
        clip: String(row['clip']) as Ulid,
        possession: String(row['possession']),
        chunks: Number(row['chunks']),
        stills: JSON.parse(String(row['stills'])) as Ulid[],
      }));
    return new Map(rows.map((row) => [nameOf(row), row]));
  } finally {
    database.close();
  }
}

/** Lists of destroyed keys first: no key that stands in one is ever copied. */
async function restoreKeys({ data, safe, newer }: RestorePlan, rows: Rows): Promise<void> {
  const sources = newer === null ? [safe] : [safe, newer];
  for (const folder of keyFolders) {
    for (const source of sources) {
      for await (const path of filesBelow(join(source, folder))) {
        if (basename(path) === 'destroyed') {
          await mergeDestroyed(join(source, folder, path), join(data, folder, path));
        }
      }
    }
    for (const source of sources) {
      for await (const path of filesBelow(join(source, folder))) {
        const isCheck = basename(path) === '.master-check';
        if (!isCheck && !path.endsWith('.key')) continue;
        if (!isCheck && (await destroyedIn(join(data, folder, dirname(path)))).has(clipOf(path)))
          continue;
        // A key that no row names: made after the catalogue was copied.
        if (folder === 'keys' && !isCheck && !rows.has(path.slice(0, -'.key'.length))) continue;
        await copyDurably(join(source, folder, path), join(data, folder, path));
      }
    }
    for await (const path of filesBelow(join(data, folder))) {
      await syncFolder(join(data, folder, dirname(path)));
    }
  }
}

/** Journals only grow: where an older data folder has one as well, the longer one has all of the other. */
async function restoreBytes(
  { backup, data, newer }: RestorePlan,
  store: (typeof stores)[number],
  rows: Rows | null,
): Promise<number> {
  const restored = new Set<string>();
  for (const source of newer === null ? [backup] : [backup, newer]) {
    for await (const path of filesBelow(join(source, store.bytes))) {
      const name = path.replace(/\.journal$/, '');
      if (rows !== null && !rows.has(name)) continue;
      // Without its key it is noise, and stays where it is.
      if ((await sizeOf(join(data, store.keys, `${name}.key`))) === null) continue;
      const [from, to] = [join(source, store.bytes, path), join(data, store.bytes, path)];
      if (((await sizeOf(to)) ?? -1) < ((await sizeOf(from)) ?? 0)) await copyDurably(from, to);
      await syncFolder(dirname(to));
      restored.add(path);
    }
  }
  return restored.size;
}

async function judge(
  data: string,
  rows: Rows,
  before: Rows,
): Promise<Pick<Restored, 'purgedSince' | 'lost' | 'inDoubt'>> {
  const [purgedSince, lost, inDoubt]: [ClipKey[], ClipKey[], StoredClip[]] = [[], [], []];
  for (const [name, { thing, clip, possession, chunks, stills }] of rows) {
    if (possession === 'shredding') continue; // its purge goes on when the cloud starts
    const key = { thing, clip };
    if ((await destroyedIn(join(data, 'keys', thing))).has(clip)) purgedSince.push(key);
    else if (chunks === 0 && stills.length === 0) continue;
    else if ((await sizeOf(join(data, 'vault', thing, `${clip}.journal`))) === null) lost.push(key);
    else if (!isSame(before.get(name), rows.get(name))) inDoubt.push({ ...key, chunks, stills });
  }
  return { purgedSince, lost, inDoubt };
}

const isSame = (before: Row | undefined, now: Row | undefined): boolean =>
  before?.chunks === now?.chunks && before?.stills.length === now?.stills.length;
