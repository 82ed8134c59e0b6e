import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { checkpointText } from '../../../../cloud-stub/custody/checkpoint.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { writeNote } from '../../../../cloud-stub/custody/signed-note.ts';
import { openLog } from '../../../../cloud-stub/log.ts';
import { fsck } from '../../../../cloud-stub/services/fsck/fsck.ts';
import type { Breach, BreachKind } from '../../../../cloud-stub/services/fsck/fsck-breach.ts';
import { breachKinds } from '../../../../cloud-stub/services/fsck/fsck-breach.ts';
import { makeCheckpoints } from '../../../../cloud-stub/services/ledger/checkpoints.ts';
import { Sweeper } from '../../../../cloud-stub/services/retention/sweeper.ts';
import { clipRoot } from '../../../../device/wire/codec.ts';
import { days, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { clipNumbered, sha256Of } from '../../../support/cloud/clip-samples.ts';
import {
  dataFolder,
  openStorage,
  type Storage,
  sampleClip,
  storeSample,
} from '../../../support/cloud/cloud-storage.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const clipOf = (n: number) => sampleClip(n).key;
const marked = { chunks: 2, root: clipRoot(sampleClip(3).chunks.slice(0, 2).map(sha256Of)) };

/** Clip 1 and 2 are stored, 3 still arrives, 4 was purged. */
async function healthy() {
  const folder = temporaryFolder();
  const clock = standingClock(newYear);
  const storage = await openStorage(folder, clock);
  await storeSample(storage, 4, later(newYear, days(-60)), { storedAt: newYear });
  const sweeper = new Sweeper(storage, ring2019, openLog('silent'));
  await sweeper.start();
  await sweeper.stop();
  await storeSample(storage, 1, newYear);
  await storeSample(storage, 2, newYear);
  await storeSample(storage, 3, newYear, {
    possession: 'staged',
    storedAt: null,
    expiresAt: null,
    deleteAt: null,
    root: null,
    markedChunks: marked.chunks,
    markedRoot: marked.root,
  });
  await makeCheckpoints(storage).sign();
  return { folder, storage };
}

async function breaches(storage: Storage): Promise<Breach[]> {
  const found: Breach[] = [];
  for await (const each of fsck(storage)) found.push(each);
  return found;
}

type World = Awaited<ReturnType<typeof healthy>>;

const journalOf = ({ folder }: World, n: number): string =>
  join(dataFolder(folder), 'vault', 'porch', `${clipOf(n).clip}.journal`);
const keyOf = ({ folder }: World, n: number): string =>
  join(dataFolder(folder), 'keys', 'porch', `${clipOf(n).clip}.key`);

/** Changes the catalogue as nobody may: past its triggers and checks. */
function tamper({ folder }: World, statement: string): void {
  const database = new DatabaseSync(join(dataFolder(folder), 'catalogue.sqlite'));
  const triggers = database.prepare("select name from sqlite_schema where type = 'trigger'").all();
  for (const { name } of triggers) database.exec(`drop trigger ${name}`);
  database.exec('pragma ignore_check_constraints = on; pragma foreign_keys = off');
  database.exec(statement);
  database.close();
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path);
  const at = offset < 0 ? bytes.length + offset : offset;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

const clip1 = `clip = '${clipOf(1).clip}'`;
const clip3 = `clip = '${clipOf(3).clip}'`;
const hash = 'ab'.repeat(32);
/** A final as a device signs it, but of another clip. */
const foreignFinal = JSON.stringify({
  v: 1,
  clip: clipOf(1).clip,
  seq: 1,
  disposition: 'complete',
  chunks: 3,
  size: 1,
  root: hash,
  endedAt: newYear,
  triggers: [],
  truncated: false,
  prev: null,
  sig: 'A'.repeat(90),
});

describe('fsck', () => {
  test('finds nothing in a healthy cloud, and tells how far it is', async () => {
    const { storage } = await healthy();
    const progress: string[] = [];
    const found: Breach[] = [];
    const onProgress = (done: number, total: number) => progress.push(`${done}/${total}`);
    for await (const each of fsck(storage, { onProgress })) found.push(each);
    expect(found).toEqual([]);
    expect(progress).toEqual(['1/4', '2/4', '3/4', '4/4']);
  });

  const made: readonly [BreachKind, string, (world: World) => unknown, number?][] = [
    [
      'catalogue-damaged',
      'a reference that dangles',
      (world) => tamper(world, `update clips set account = '${clipOf(9).clip}' where ${clip1}`),
      0,
    ],
    [
      'ledger-broken',
      'an entry that was edited',
      (world) => tamper(world, 'update ledger set at = at + 1 where seq = 2'),
      0,
    ],
    [
      'ledger-broken',
      'an entry that was removed',
      (world) => tamper(world, "delete from ledger where kind = 'events-purged' or seq = 1"),
      0,
    ],
    [
      'ledger-broken',
      'a node of the tree that was changed',
      (world) => tamper(world, `update ledgerNodes set hash = x'${hash}' where level = 2`),
      0,
    ],
    [
      'ledger-broken',
      'a node of the tree that is gone',
      (world) => tamper(world, 'delete from ledgerNodes where level = 1 and idx = 1'),
      0,
    ],
    [
      'ledger-broken',
      'a node of the tree without leaves',
      (world) => tamper(world, `insert into ledgerNodes values (1, 900, x'${hash}')`),
      0,
    ],
    [
      'checkpoint-broken',
      'a checkpoint that was edited',
      (world) => tamper(world, "update checkpoints set note = replace(note, 'A', 'B')"),
      0,
    ],
    [
      'checkpoint-broken',
      'a checkpoint of another size than its own',
      (world) => tamper(world, 'update checkpoints set size = size - 1'),
      0,
    ],
    [
      'checkpoint-broken',
      'a checkpoint of more than there is',
      (world) => tamper(world, 'update checkpoints set size = size + 100'),
      0,
    ],
    [
      'checkpoint-broken',
      'a checkpoint of another ledger',
      async (world) => {
        const { ledgerSigner: key } = world.storage;
        const text = checkpointText({ origin: key.name, size: 2, root: Buffer.alloc(32) });
        const note = writeNote(text, key, await key.sign(Buffer.from(text)));
        tamper(world, `update checkpoints set size = 2, note = '${note}'`);
      },
      0,
    ],
    [
      'ledger-names-no-clip',
      'a row that is gone',
      (world) => tamper(world, `delete from clips where ${clip1}`),
    ],
    [
      'held-clip-gone',
      'a clip that was purged under a hold',
      (world) =>
        tamper(
          world,
          `insert into holds values ('${'0'.repeat(26)}', 'litigation', '${'0'.repeat(26)}', '{}', 0,
             'reviewer', null, '[]', null, null, null, null);
           insert into holdAttachments select '${'0'.repeat(26)}', thing, clip, 0 from clips where ${clip1};
           update clips set possession = 'shredded', purgedAt = 0 where ${clip1}`,
        ),
    ],
    [
      'clip-without-leaf',
      'a clip the ledger does not know',
      (world) => tamper(world, `update ledger set clip = null where ${clip1}`),
    ],
    [
      'root-not-in-ledger',
      'a root that was changed together with its chunks',
      (world) => tamper(world, `update clips set root = '${hash}' where ${clip1}`),
    ],
    ['clip-without-key', 'a key file that is gone', (world) => rmSync(keyOf(world, 1))],
    ['key-unusable', 'a key file that was altered', (world) => flipByte(keyOf(world, 1), 20)],
    [
      'key-unusable',
      'a key file of another clip',
      (world) => copyFileSync(keyOf(world, 2), keyOf(world, 1)),
    ],
    [
      'key-without-clip',
      'a key nobody asked for',
      ({ storage }) => storage.keys.obtain(clipNumbered(77)),
      77,
    ],
    [
      'key-after-purge',
      'a key that came back',
      (world) => copyFileSync(keyOf(world, 1), keyOf(world, 4)),
      4,
    ],
    ['clip-without-journal', 'a journal that is gone', (world) => rmSync(journalOf(world, 1))],
    [
      'journal-without-clip',
      'a journal of no clip',
      (world) => copyFileSync(journalOf(world, 1), journalOf(world, 77)),
      77,
    ],
    [
      'journal-unreadable',
      'a journal of another key',
      (world) => copyFileSync(journalOf(world, 2), journalOf(world, 1)),
    ],
    [
      'bytes-after-purge',
      'a journal that came back',
      (world) => copyFileSync(journalOf(world, 1), journalOf(world, 4)),
      4,
    ],
    ['chunk-missing', 'a journal cut short', (world) => truncateSync(journalOf(world, 1), 6000)],
    [
      'chunk-missing',
      'a header that was altered',
      (world) => flipByte(journalOf(world, 1), 32 + 40),
    ],
    ['chunk-altered', 'a bit of a chunk', (world) => flipByte(journalOf(world, 1), 1000)],
    [
      'size-mismatch',
      'another size on record',
      (world) => tamper(world, `update clips set sizeBytes = sizeBytes + 1 where ${clip1}`),
    ],
    [
      'root-mismatch',
      'another root on record',
      (world) => tamper(world, `update clips set root = '${hash}' where ${clip1}`),
    ],
    [
      'final-mismatch',
      'a final of something else',
      (world) => tamper(world, `update clips set final = '${foreignFinal}' where ${clip1}`),
    ],
    [
      'final-mismatch',
      'a final that is none',
      (world) => tamper(world, `update clips set final = '{}' where ${clip1}`),
    ],
    [
      'mark-mismatch',
      'a mark of something else',
      (world) => tamper(world, `update clips set markedRoot = '${hash}' where ${clip3}`),
      3,
    ],
    [
      'still-missing',
      'a still on record that never was',
      (world) => tamper(world, `update stills set still = '${clipOf(9).clip}' where ${clip1}`),
    ],
    ['still-altered', 'a bit of a still', (world) => flipByte(journalOf(world, 1), -100)],
  ];

  test.each(made)('names %s: %s', async (kind, _title, make, n = 1) => {
    const world = await healthy();
    await make(world);
    const found = await breaches(world.storage);
    expect(found.map((each) => each.kind)).toContain(kind);
    const named = found.find((each) => each.kind === kind);
    expect(named?.clip).toBe(n === 0 ? undefined : clipOf(n).clip);
    expect(named?.detail).not.toBe('');
    // Clip 2 was left alone, and nothing is said against it.
    expect(found.filter(({ clip }) => clip === clipOf(2).clip)).toEqual([]);
  });

  test('every kind of breach is made by one of these tests', () => {
    // Those of bags: fsck-bags.test.ts.
    const kinds = Object.keys(breachKinds).filter((kind) => !kind.startsWith('bag-'));
    expect([...new Set(made.map(([kind]) => kind))].sort()).toEqual(kinds.sort());
  });
});
