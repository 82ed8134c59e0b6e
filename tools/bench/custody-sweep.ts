/** A sweep of what is due, beside the least that could have been done: bare SQL and unlink. */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { openFileKeyVault } from '../../cloud-stub/backends/file-key-vault.ts';
import { openFileVault } from '../../cloud-stub/backends/file-vault.ts';
import { openMemoryIdentityKeys } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { openCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Catalogue } from '../../cloud-stub/ports.ts';
import { Sweeper } from '../../cloud-stub/services/retention/sweeper.ts';
import { type EpochMs, milliseconds } from '../../device/wire/time.ts';
import { entropy } from './bench-entropy.ts';
import { cataloguePath, fillCatalogue, journalPath, keyPath } from './custody-catalogue.ts';
import { removeScratch, scratchFolder } from './scratch-folder.ts';

export type SweepTimes = { readonly productMs: number; readonly bareMs: number };

/**
 * A catalogue of so many clips, of which `due` are due; swept once each way. `before`: what else is to be measured
 * while all of them are there.
 */
export async function sweepTimes(
  clips: number,
  due: number,
  before: (catalogue: Catalogue, now: EpochMs) => Promise<void> = async () => {},
): Promise<SweepTimes> {
  const folder = scratchFolder('custody');
  try {
    const now = systemClock.now();
    const product = path.join(folder, 'product');
    await openKeys(product); // makes the master key, which has to be there before any other
    await fillCatalogue({ folder: product, now, clips, due });
    const bare = path.join(folder, 'bare');
    cpSync(product, bare, { recursive: true });
    // What was made for the bench is on the disk before anything is timed, or its syncs would write it out.
    spawnSync('sync');
    const catalogue = openCatalogue(cataloguePath(product));
    await before(catalogue, now).finally(() => catalogue.close());
    const bareMs = await bareSweep(bare, now);
    spawnSync('sync');
    return { bareMs, productMs: await productSweep(product, due) };
  } finally {
    removeScratch(folder);
  }
}

const openKeys = (folder: string) =>
  openFileKeyVault({
    folder: path.join(folder, 'keys'),
    masterKeyPath: `${folder}.master`,
    entropy,
  });

/** Sweeps as a cloud does at its start. */
async function productSweep(folder: string, due: number): Promise<number> {
  const catalogue = openCatalogue(cataloguePath(folder));
  try {
    const ports = {
      clock: { ...systemClock, setTimer: () => ({ cancel: () => {} }) },
      catalogue,
      vault: await openFileVault(path.join(folder, 'vault')),
      keys: await openKeys(folder),
      ledger: openSqlLedger(openMemoryIdentityKeys(entropy)),
    };
    let purged = 0;
    const sweeper = new Sweeper(ports, ring2019, pino({ level: 'silent' }), {
      onPurged: () => void purged++,
    });
    const startedAt = performance.now();
    await sweeper.start();
    const tookMs = performance.now() - startedAt;
    await sweeper.stop();
    if (purged !== due) throw new Error(`${purged} of ${due} clips were purged`);
    return tookMs;
  } finally {
    await catalogue.close();
  }
}

/** Rows and files go, in groups; nothing is asked, overwritten, synced or put on record. */
async function bareSweep(folder: string, now: EpochMs): Promise<number> {
  const database = new DatabaseSync(cataloguePath(folder));
  database.exec(`
    pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on;
    pragma foreign_keys = on; drop trigger clipRowStays;`);
  const select = database.prepare(
    `select thing, clip from clips where possession = 'stored'
     and max(deleteAt, keptUntil) <= ? order by max(deleteAt, keptUntil) limit 256`,
  );
  const remove = database.prepare('delete from clips where thing = ? and clip = ?');
  const startedAt = performance.now();
  for (;;) {
    const rows = select.all(now) as { thing: string; clip: string }[];
    if (rows.length === 0) break;
    database.exec('begin');
    for (const { thing, clip } of rows) remove.run(thing, clip);
    database.exec('commit');
    await Promise.all(
      rows.flatMap(({ thing, clip }) => [
        unlink(keyPath(folder, thing, clip)),
        unlink(journalPath(folder, thing, clip)),
      ]),
    );
  }
  const tookMs = milliseconds(performance.now() - startedAt);
  database.close();
  return tookMs;
}
