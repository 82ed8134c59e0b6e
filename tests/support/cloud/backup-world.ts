/** A host's data folder with a few clips, to be backed up and restored elsewhere with the same secrets. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../../cloud-stub/log.ts';
import { fsck } from '../../../cloud-stub/services/fsck/fsck.ts';
import { Sweeper } from '../../../cloud-stub/services/retention/sweeper.ts';
import { days, hours, later, milliseconds } from '../../../device/wire/time.ts';
import { type StandingClock, standingClock } from '../standing-clock.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { newYear } from './catalogue-rows.ts';
import { filesUnder, openHostStorage, type Storage, storeSample } from './cloud-storage.ts';

export type BackupWorld = {
  readonly folders: { readonly data: string; readonly secrets: string };
  readonly clock: StandingClock;
  readonly target: string;
  /** What is restored, with the same secrets. */
  readonly other: { readonly data: string; readonly secrets: string };
  readonly storage: Storage;
};

/** Some clips are young, clip 4 is due in an hour. */
export async function backupWorld(young = [1, 2, 3]): Promise<BackupWorld> {
  const root = temporaryFolder();
  const folders = { data: join(root, 'cloud'), secrets: join(root, 'secrets') };
  const clock = standingClock(newYear);
  const storage = await openHostStorage(folders, clock);
  for (const n of young) await storeSample(storage, n, newYear);
  const old = later(newYear, milliseconds(hours(1) - days(60)));
  await storeSample(storage, 4, old, { storedAt: newYear });
  return {
    folders,
    clock,
    target: join(root, 'backup'),
    other: { ...folders, data: join(root, 'restored') },
    storage,
  };
}

export async function swept(storage: Storage): Promise<void> {
  const sweeper = new Sweeper(storage, ring2019, openLog('silent'));
  await sweeper.start();
  await sweeper.sweep();
  await sweeper.stop();
}

export const possessionsIn = async (storage: Storage) =>
  (
    await storage.catalogue.read
      .selectFrom('clips')
      .select(['clip', 'possession'])
      .orderBy('clip')
      .execute()
  ).map(({ possession }) => possession);

export async function breachesIn(storage: Storage): Promise<readonly string[]> {
  const found = [];
  for await (const { kind, detail } of fsck(storage)) found.push(`${kind}: ${detail}`);
  return found;
}

/** Every row of every table of a catalogue, or of that in a folder, but those of its redo log. */
export function everyRow(at: string): Readonly<Record<string, readonly unknown[]>> {
  const path = at.endsWith('.sqlite') ? at : join(at, 'catalogue.sqlite');
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database
      .prepare("select name from sqlite_master where type = 'table' order by name")
      .all()
      .map(({ name }) => String(name))
      .filter((name) => name !== 'redoLog');
    return Object.fromEntries(
      tables.map((name) => [name, database.prepare(`select * from "${name}" order by 1, 2`).all()]),
    );
  } finally {
    database.close();
  }
}

export const foundIn = (folder: string, bytes: Buffer): boolean =>
  [...filesUnder(folder).values()].some((file) => file.includes(bytes));
