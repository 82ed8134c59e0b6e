import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { fsck } from '../../../../cloud-stub/services/fsck/fsck.ts';
import { type BreachKind, breachKinds } from '../../../../cloud-stub/services/fsck/fsck-breach.ts';
import { days } from '../../../../device/wire/time.ts';
import { filesUnder } from '../../../support/cloud/cloud-storage.ts';
import {
  type ExportOffice,
  exportNumbered,
  openBags,
  openExportOffice,
  orderFor,
  recordClip,
  sealedBag,
} from '../../../support/cloud/export-office.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

type World = { readonly office: ExportOffice; readonly folder: string };
const id = exportNumbered(1);

/** A sealed bag of two clips, a removed one, and one that is only leased. */
async function healthy(): Promise<World> {
  const folder = temporaryFolder();
  const office = await openExportOffice(folder);
  await sealedBag(temporaryFolder(), office);
  const clips = [await recordClip(office.storage, 3)];
  await sealedBag(temporaryFolder(), office, orderFor(clips, { export: exportNumbered(2) }));
  await office.exports.remove(exportNumbered(2), 'withdrawn');
  await office.exports.lease(orderFor(clips, { export: exportNumbered(3) }));
  return { folder, office };
}

async function breaches({ office, folder }: World): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const breach of fsck({ ...office.storage, bags: await openBags(folder) })) {
    found.push(`${breach.kind} ${breach.export ?? ''}: ${breach.detail}`);
  }
  return found;
}

/** Changes the catalogue as nobody may: past its triggers and checks. */
function tamper({ folder }: World, ...statements: readonly string[]): void {
  const database = new DatabaseSync(join(folder, 'data', 'catalogue.sqlite'));
  const triggers = database.prepare("select name from sqlite_schema where type = 'trigger'").all();
  for (const { name } of triggers) database.exec(`drop trigger ${name}`);
  database.exec('pragma ignore_check_constraints = on; pragma foreign_keys = off');
  for (const statement of statements) database.exec(statement);
  database.close();
}

const below = ({ folder }: World, what: 'vault' | 'keys'): string =>
  join(folder, 'data', 'bags', what, id);
const onlyFile = (folder: string, ending: string): string => {
  const [name] = readdirSync(folder).filter((each) => each.endsWith(ending));
  if (name === undefined) throw new Error(`no ${ending} in ${folder}`);
  return join(folder, name);
};
const ofFile = (path: string): string => `export = '${id}' and path = '${path}'`;

test('finds nothing wrong with bags that are leased, sealed and removed', async () => {
  expect(await breaches(await healthy())).toEqual([]);
});

const made: readonly [
  kind: BreachKind,
  how: string,
  detail: RegExp,
  act: (world: World) => unknown,
][] = [
  [
    'bag-file-unreadable',
    'the bytes of a segment gone',
    /this segment of a bag is gone/,
    (world) => rmSync(onlyFile(below(world, 'vault'), '.journal')),
  ],
  [
    'bag-file-unreadable',
    'the key of a segment gone',
    /this segment of a bag is gone/,
    (world) => rmSync(onlyFile(below(world, 'keys'), '.key')),
  ],
  [
    'bag-file-unreadable',
    'a bit of a segment flipped',
    /chunk \d+ was altered/,
    (world) => {
      const path = onlyFile(below(world, 'vault'), '.journal');
      const bytes = readFileSync(path);
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
  ],
  [
    'bag-file-altered',
    'another hash on record',
    /^bag-info.txt is not what was written/,
    (world) =>
      tamper(
        world,
        `update exportFiles set sha256 = '${'ab'.repeat(32)}' where ${ofFile('bag-info.txt')}`,
      ),
  ],
  [
    'bag-file-altered',
    'another size on record',
    /^bagit.txt is not what was written/,
    (world) => tamper(world, `update exportFiles set sizeBytes = 3 where ${ofFile('bagit.txt')}`),
  ],
  [
    'bag-list-mismatch',
    'a file that is not on record any more',
    /legal\/demand.json is not as listed/,
    (world) => tamper(world, `delete from exportFiles where ${ofFile('legal/demand.json')}`),
  ],
  [
    'bag-list-mismatch',
    'a file that no list names',
    /more.txt is in no list/,
    (world) =>
      tamper(
        world,
        `insert into exportFiles select export, 'more.txt', sizeBytes, sha256, segment, firstChunk, chunks
         from exportFiles where ${ofFile('bagit.txt')}`,
      ),
  ],
  [
    'bag-list-mismatch',
    'a count of files on record that is not its own',
    /it has \d+ files of \d+ bytes, on record are 3\b/,
    (world) => tamper(world, `update exports set files = 3 where export = '${id}'`),
  ],
  [
    'bag-list-mismatch',
    'another seal on record',
    /tagmanifest-sha256.txt is not the one that was sealed/,
    (world) =>
      tamper(
        world,
        `update exports set tagManifestSha256 = '${'ab'.repeat(32)}' where export = '${id}'`,
      ),
  ],
  [
    'bag-not-in-ledger',
    'another seal in the record than in the ledger',
    /the ledger says that another list was sealed/,
    (world) =>
      tamper(
        world,
        `update exports set tagManifestSha256 = '${'ab'.repeat(32)}' where export = '${id}'`,
      ),
  ],
  [
    'bag-not-in-ledger',
    'a delivery that nobody put on record',
    /there is no entry export-delivered/,
    (world) => tamper(world, `update exports set deliveredAt = sealedAt where export = '${id}'`),
  ],
  [
    'bag-not-in-ledger',
    'a removal that is no longer on record',
    /there is an entry export-purged/,
    (world) =>
      tamper(
        world,
        `update exports set state = 'leased', removedAt = null, sealedAt = null, expiresAt = null,
         tagManifestSha256 = null where export = '${exportNumbered(2)}'`,
      ),
  ],
  [
    'bag-past-window',
    'a window that ended long ago',
    /its window ended at/,
    async ({ office }) => {
      office.clock.advance(ring2019.bagWindowMs);
      office.clock.advance(days(2));
      await recordClipLate(office);
    },
  ],
  [
    'bag-after-removal',
    'a record of a removal alone',
    /bytes of its segment 0/,
    (world) =>
      tamper(
        world,
        `update exports set state = 'removed', removedAt = sealedAt where export = '${id}'`,
      ),
  ],
  [
    'bag-unknown',
    'a record that is gone',
    /a key of its segment 0, and no such export/,
    (world) =>
      tamper(
        world,
        `delete from exportFiles where export = '${id}'`,
        `delete from exportClips where export = '${id}'`,
        `delete from exports where export = '${id}'`,
      ),
  ],
];

test.each(made)('%s: %s', async (kind, _how, detail, act) => {
  const world = await healthy();
  await act(world);
  const found = await breaches(world);
  const ofKind = found.filter((each) => each.startsWith(`${kind} `));
  expect(
    ofKind.map((each) => each.replace(/^[^:]+: /, '')).some((text) => detail.test(text)),
    found.join('\n'),
  ).toBe(true);
});

test('every kind of breach of a bag is made by one of these', () => {
  const ofBags = Object.keys(breachKinds).filter((kind) => kind.startsWith('bag-'));
  expect(new Set(made.map(([kind]) => kind))).toEqual(new Set(ofBags));
});

test('looking changes nothing', async () => {
  const world = await healthy();
  const before = [...filesUnder(join(world.folder, 'data', 'bags'))].map(([path, bytes]) => [
    path,
    bytes.length,
  ]);
  await breaches(world);
  expect(
    [...filesUnder(join(world.folder, 'data', 'bags'))].map(([path, bytes]) => [
      path,
      bytes.length,
    ]),
  ).toEqual(before);
});

/** An entry of now. */
const recordClipLate = ({ storage, clock }: ExportOffice) =>
  storage.catalogue.write((tx) =>
    storage.ledger.append(tx, {
      kind: 'clock-confirmed',
      at: clock.now(),
      actor: 'operator',
      facts: {},
    }),
  );
