import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { ExportOrder } from '../../../../cloud-stub/legal/export-order.ts';
import { commandMark } from '../../../../cloud-stub/legal/export-readme.ts';
import {
  type ClipKey,
  type Vault,
  VaultError,
  type VaultReader,
} from '../../../../cloud-stub/ports.ts';
import { expiringBags } from '../../../../cloud-stub/services/exports/export-endings.ts';
import { makeExports } from '../../../../cloud-stub/services/exports/exports.ts';
import { purgeClip } from '../../../../cloud-stub/services/retention/purge.ts';
import { sha256 } from '../../../../device/wire/codec.ts';
import { days, later } from '../../../../device/wire/time.ts';
import { describeVerdict } from '../../../../tools/commands/verify.ts';
import { verifyBag } from '../../../../tools/verify/verify-bag.ts';
import { sampleBytes, thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { filesUnder } from '../../../support/cloud/cloud-storage.ts';
import {
  type ExportOffice,
  exportNumbered,
  openExportOffice,
  orderFor,
  ownersKey,
  recordClip,
  sealedBag,
} from '../../../support/cloud/export-office.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

describe('a lease', () => {
  test('taken twice is one, and its items and entries are there once [EXP-4]', async () => {
    const { office, order } = await withOrder();
    const first = await office.exports.lease(order);
    expect(await office.exports.lease(order)).toEqual(first);
    expect(first).toMatchObject({ leased: true, facts: { state: 'leased', items: 4 } });
    expect(await kindsOf(office)).toEqual([
      ...['clip-opened', 'clip-stored', 'clip-opened', 'clip-stored'],
      ...['export-leased', 'clip-exported', 'clip-exported'],
    ]);
  });

  test('is refused for what cannot be exported as ordered, and leaves no trace', async () => {
    const { office, order } = await withOrder();
    const { clips, documents, people } = order;
    const officer = people.requester;
    const document = first(documents);
    const wanted: readonly (readonly [because: string, change: Partial<ExportOrder>])[] = [
      ['people-must-differ', { people: { ...people, custodian: officer } }],
      ['people-must-differ', { people: { ...people, approver: people.reviewer } }],
      ['name-unfit', { provider: 'two\nlines' }],
      ['name-unfit', { people: withName(people, 'x'.repeat(65)) }],
      ['listed-twice', { clips: [...clips, ...clips] }],
      ['footage-gone', { clips: [{ ...first(clips), clip: ulidNumbered(99) }] }],
      ['document-missing', { documents: [{ ...document, sizeBytes: 1 }] }],
      ['document-name', { documents: [{ ...document, name: '../x' }] }],
      ['document-name', { documents: [document, { ...document, name: 'WARRANT.PDF' }] }],
      ['too-many-items', { clips: Array(10_001).fill(first(clips)) }],
    ];
    const found = [];
    for (const [, change] of wanted) {
      const outcome = await office.exports.lease({ ...order, ...change });
      found.push(outcome.leased ? 'leased' : outcome.because);
    }
    expect(found).toEqual(wanted.map(([because]) => because));
    expect(await office.exports.find(order.export)).toBeNull();
    expect(await kindsOf(office)).not.toContain('export-leased');
  });

  test('of another order under the same id is refused', async () => {
    const { office, order } = await withOrder();
    await office.exports.lease(order);
    expect(await office.exports.lease({ ...order, provider: 'Another' })).toMatchObject({
      because: 'another-order-has-this-id',
    });
  });

  test('keeps the footage until the bag is sealed, and no longer', async () => {
    const { office, order, clips } = await withOrder();
    const clip = first(clips);
    await office.exports.lease(order);
    office.clock.advance(days(58));
    await office.storage.catalogue.write((tx) =>
      tx
        .updateTable('leases')
        .set({ expiresAt: later(office.clock.now(), days(1)) })
        .execute(),
    );
    expect(await purgeClip(office.storage, ring2019, clip)).toEqual({
      purged: false,
      because: 'leased',
    });
    expect(await office.exports.seal(order.export)).toMatchObject({ sealed: true });
    expect(await purgeClip(office.storage, ring2019, clip)).toEqual({ purged: true });
    expect(await bytesOf(office, order)).toBeGreaterThan(30_000);
  });

  test('that ended ends the export: nothing is sealed', async () => {
    const { office, order } = await withOrder();
    await office.exports.lease(order);
    office.clock.advance(days(2));
    expect(await office.exports.seal(order.export)).toEqual({
      sealed: false,
      because: 'lease-over',
    });
    expect(await office.exports.open(order.export)).toBeNull();
  });
});

describe('a sealed bag', () => {
  test('passes the strict verifier, with everything that L3.1 wants in it [EXP-1]', async () => {
    const folder = temporaryFolder();
    const office = await openExportOffice(folder);
    const bag = await sealedBag(folder, office);
    expect(await verifyBag(bag)).toMatchObject({
      ...{ valid: true, faults: [], clips: 2, signedByDevice: 2, files: 40 },
      seal: { signers: [{ role: 'custodian' }, { role: 'approver' }], trust: 'self-asserted' },
      ledger: { entries: 7 },
    });
    const facts = await office.exports.find(exportNumbered(1));
    expect(facts).toMatchObject({ state: 'sealed', files: 40, items: 4 });
    const [entry] = await office.storage.catalogue.read
      .selectFrom('ledger')
      .select('facts')
      .where('kind', '=', 'export-sealed')
      .execute();
    expect(JSON.parse(entry?.facts ?? '')).toMatchObject({
      tagManifestSha256: facts?.tagManifestSha256,
    });
  });

  test('is what was leased, whatever happened since [EXP-4, I23]', async () => {
    const quiet = temporaryFolder();
    const calm = await sealedBag(quiet, await openExportOffice(quiet));
    const { office, order, folder, clips } = await withOrder();
    await office.exports.lease(order);
    await office.storage.catalogue.write(async (tx) => {
      const at = office.clock.now();
      const view = { at, actor: 'owner', facts: {} };
      for (const key of clips) {
        await office.storage.ledger.append(tx, { ...view, ...key, kind: 'clip-viewed' });
      }
      await tx
        .updateTable('clips')
        .set({ visibility: 'user-deleted', userDeletedAt: at, reason: 'changed' })
        .execute();
      await tx.deleteFrom('stills').execute();
      await tx.updateTable('devices').set({ certificate: 'another' }).execute();
    });
    const bag = await sealedBag(folder, office, order);
    expect(contentsOf(bag)).toEqual(contentsOf(calm));
  });

  test('is the same for the same seed and inputs, its seals aside [EXP-6, I22]', async () => {
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    const bags = [one, two].map(async (folder) =>
      sealedBag(folder, await openExportOffice(folder)),
    );
    const [a, b] = await Promise.all(bags);
    expect(contentsOf(a ?? '')).toEqual(contentsOf(b ?? ''));
    expect(filesUnder(join(a ?? '', 'sig')).size).toBe(14);
  });

  test('has ciphertext and wrapped keys of a clip that only its owner can open [EXP-5, I24]', async () => {
    const folder = temporaryFolder();
    const office = await openExportOffice(folder);
    const clips = [
      await recordClip(office.storage, 1, { endToEnd: true }),
      await recordClip(office.storage, 2),
    ];
    const order = orderFor(clips);
    const bag = await sealedBag(folder, office, {
      ...order,
      clips: order.clips.map((clip, index) => ({ ...clip, decryptable: index > 0 })),
    });
    const read = (path: string) => filesUnder(bag).get(join(bag, path));
    const [{ clip }, { clip: other }] = clips as [ClipKey, ClipKey];
    expect(JSON.parse(String(read(`data/records/clips/${clip}.json`)))).toMatchObject({
      decryptable: false,
      file: `data/clips/${clip}.enc`,
      stills: [{ file: expect.stringMatching(/\.enc$/) }],
    });
    const chunks = [0, 1, 2].map((index) => sampleBytes(5000 + index, `clip 1 chunk ${index}`));
    expect(read(`data/clips/${clip}.enc`)?.equals(Buffer.concat(chunks))).toBe(true);
    expect(JSON.parse(String(read(`data/clips/${clip}.wrapped-keys.json`)))).toEqual({
      recipients: [ownersKey],
    });
    expect(String(read('custody-report.html'))).toContain('only a key of its owner opens it');
    expect(read(`data/clips/${other}.mp4`)).toBeDefined();
    expect(await verifyBag(bag)).toMatchObject({ valid: true, faults: [], signedByDevice: 2 });
  });

  test('with nothing to release is a certificate of no records', async () => {
    const { office, order, folder } = await withOrder();
    const nothing = { clips: [], records: [], documents: [] };
    const outcome = { code: 'NO_RECORDS', detail: 'purged' } as const;
    const bag = await sealedBag(folder, office, { ...order, ...nothing, outcome });
    const certificate = String(filesUnder(bag).get(join(bag, 'legal/certificate-902.txt')));
    expect(certificate).toContain('CERTIFICATE OF NO RECORDS');
    // Whether an owner deleted it or its window ended, it says the same.
    expect(certificate).toContain('had been destroyed under the rules of retention');
    expect(certificate).toContain('it names, by: doorbell-emulator 1.2.3, in a test.');
    expect(await verifyBag(bag)).toMatchObject({ valid: true, faults: [], clips: 0 });
  });

  test('lists what was withheld, by class or item, each with its reason [L3.1, LEG-3]', async () => {
    const { office, order, folder } = await withOrder();
    const key = 'clip/porch/01J00000000000000000000009';
    const item = { key, class: 'content', inScope: true, released: false } as const;
    const bag = await sealedBag(folder, office, {
      ...order,
      withheldClasses: [{ class: 'non-content', because: 'statute' }],
      withheld: [{ ...item, because: 'narrowed' }],
    });
    const read = (path: string) => String(filesUnder(bag).get(join(bag, path)));
    expect(read('legal/withheld.csv').split('\r\n')).toEqual([
      'item,class,reason,meaning',
      ',non-content,statute,the law does not let this process reach it',
      `${key},content,narrowed,cut out in review as more than the process supports`,
      '',
    ]);
    expect(JSON.parse(read('data/answer.json'))).toMatchObject({
      withheldClasses: [{ class: 'non-content' }],
      withheld: [{ key }],
    });
    expect(read('custody-report.html')).toContain(
      'all non-content: the law does not let this process reach it<br>1: cut out in review',
    );
    expect(await verifyBag(bag)).toMatchObject({ valid: true, faults: [] });
    rmSync(join(bag, 'legal/withheld.csv'));
    expect((await verifyBag(bag)).faults).toContainEqual({
      ...{ check: 'files', path: 'legal/withheld.csv', because: 'is missing' },
    });
  });

  test('names the software that made it, as it was when it was frozen [L3.3]', async () => {
    const { office, order, folder } = await withOrder();
    await office.exports.lease(order);
    await office.storage.catalogue.close();
    const upgraded = await openExportOffice(folder, (world) => ({ ...world, software: 'later' }));
    const bag = await sealedBag(folder, upgraded, order);
    expect(String(filesUnder(bag).get(join(bag, 'legal/certificate-902.txt')))).toContain(
      'Copied, hashed and sealed by: doorbell-emulator 1.2.3, in a test.',
    );
  });

  test('of clips that two doorbells gave the same id, and one that was never finished', async () => {
    const folder = temporaryFolder();
    const office = await openExportOffice(folder);
    const clips = [
      await recordClip(office.storage, 1),
      await recordClip(office.storage, 1, { thing: 'Porch', finished: false, still: null }),
    ];
    const bag = await sealedBag(folder, office, orderFor(clips));
    expect(await verifyBag(bag)).toMatchObject({
      ...{ valid: true, faults: [], clips: 2, signedByDevice: 1 },
    });
    expect([...filesUnder(join(bag, 'data/clips')).keys()]).toHaveLength(2);
  });

  test('says plainly of which clips a doorbell signed the beginning only, and of which nothing [DEV-5]', async () => {
    const folder = temporaryFolder();
    const office = await openExportOffice(folder);
    const clips = [
      await recordClip(office.storage, 1, { finished: false }),
      await recordClip(office.storage, 2),
      await recordClip(office.storage, 3, { thing: 'shed' }),
    ];
    await office.storage.catalogue.write((tx) =>
      tx
        .updateTable('devices')
        .set({ certificate: 'of another time' })
        .where('thing', '=', clips[2]?.thing ?? thingNamed('shed'))
        .execute(),
    );
    const bag = await sealedBag(folder, office, orderFor(clips));
    const verdict = await verifyBag(bag);
    expect(verdict).toMatchObject({ valid: true, clips: 3, signedByDevice: 1, signedAtOpening: 1 });
    expect(describeVerdict(verdict).join('\n')).toMatch(
      /1 signed in their beginning only.*\n.*1 NOT SIGNED/,
    );
    const read = (path: string) => String(filesUnder(bag).get(join(bag, path)));
    expect(read('README-VERIFY.txt')).toContain(
      'NOT ALL RECORDINGS ARE SIGNED: 1 are to their end, 0 as far as they go; of 1\n',
    );
    // The example of the command is the one that is signed whole.
    expect(read('README-VERIFY.txt')).toContain(`-signature sig/device/${clips[1]?.clip}.sig`);
    const report = read('custody-report.html');
    expect(report).toContain('signed its beginning and never came to the end');
    expect(report).toContain('No signature of the device vouches for it');
    expect(report).toContain(
      '1 from beginning to end, 0 as far as they go,\n1 in their beginning only; not signed: 1.',
    );
    const certificate = read('legal/certificate-902.txt');
    expect(certificate.match(/signed by its doorbell +.*/g)).toEqual([
      expect.stringContaining('its beginning only; for the rest, section 2 stands alone'),
      expect.stringContaining('from beginning to end'),
      expect.stringContaining('no; section 2 stands alone'),
    ]);
  });

  test('of what a doorbell never finished, what it signed last covers all that is here [DEV-5, WIRE-7]', async () => {
    const folder = temporaryFolder();
    const office = await openExportOffice(folder);
    const clips = [
      await recordClip(office.storage, 1, { finished: false, marked: 3 }),
      // A mark of less than what is here says nothing of the rest.
      await recordClip(office.storage, 2, { finished: false, marked: 2 }),
      await recordClip(office.storage, 3, { marked: 2 }),
      // Given up: its final is of more than was kept.
      await recordClip(office.storage, 4, { marked: 3 }),
    ];
    await office.storage.catalogue.write(async (tx) => {
      const given = { thing: thingNamed('porch'), clip: clips[3]?.clip ?? ulidNumbered(4) };
      const { final } = await tx
        .selectFrom('clips')
        .select('final')
        .where('clip', '=', given.clip)
        .executeTakeFirstOrThrow();
      const evicted = { ...JSON.parse(String(final)), disposition: 'evicted', chunks: 9 };
      await tx
        .updateTable('clips')
        .set({ final: JSON.stringify(evicted), disposition: 'evicted', truncated: 1 })
        .where('clip', '=', given.clip)
        .execute();
    });
    const bag = await sealedBag(folder, office, orderFor(clips));
    const verdict = await verifyBag(bag);
    expect(verdict).toMatchObject({
      ...{ valid: true, faults: [], clips: 4 },
      ...{ signedByDevice: 1, signedByMark: 2, signedAtOpening: 1 },
    });
    expect(describeVerdict(verdict).join('\n')).toContain('2 signed as far as they go');
    const read = (path: string) => String(filesUnder(bag).get(join(bag, path)));
    const [{ clip }] = clips as [ClipKey];
    const { integrity, deviceSignature } = JSON.parse(read(`data/records/clips/${clip}.json`));
    expect(deviceSignature).toMatchObject({ covers: 'opening-and-mark' });
    expect(JSON.parse(read(deviceSignature.mark.bytes))).toEqual({
      ...{ v: 1, clip, chunks: 3, root: integrity.rootAtExport },
    });
    const readme = read('README-VERIFY.txt');
    const [command = ''] = readme.split('\n').filter((line) => line.includes('.mark.sig'));
    const verified = execFileSync('sh', ['-c', command.slice(commandMark.length)], { cwd: bag });
    expect(String(verified)).toBe('Verified OK\n');
    expect(read('legal/certificate-902.txt')).toContain('all that is here, part by part');
    expect(read('custody-report.html')).toContain('all that is here it signed while it recorded');
  });

  test('tells nothing of another matter of the same clip, nor of an earlier export', async () => {
    const { office, order, folder, clips } = await withOrder();
    const other = orderFor(clips, { export: exportNumbered(2) });
    const demand = { ...other.demand, demand: ulidNumbered(6002), caseNumber: '26-000002' };
    await sealedBag(temporaryFolder(), office, { ...other, demand });
    await sealedBag(temporaryFolder(), office, { ...order, export: exportNumbered(3) });
    const bag = await sealedBag(folder, office, order);
    const all = Buffer.concat([...filesUnder(bag).values()]).toString('latin1');
    expect(all).not.toContain(ulidNumbered(6002));
    expect(all).not.toContain(exportNumbered(2));
    expect(all).not.toContain(exportNumbered(3));
    expect(await verifyBag(bag)).toMatchObject({ valid: true, faults: [] });
  });

  test('comes as a tar that tar reads, the same each time', async () => {
    const { office, order, folder } = await withOrder();
    const unpacked = await sealedBag(folder, office, order);
    const bag = await office.exports.open(order.export);
    if (bag === null) throw new Error('it is sealed');
    const tar = Buffer.concat(await gathered(bag.tar()));
    expect(tar.length).toBe(bag.tarBytes);
    expect(Buffer.concat(await gathered(bag.tar())).equals(tar)).toBe(true);
    await bag.close();
    const into = join(folder, 'untarred');
    mkdirSync(into);
    writeFileSync(join(into, 'bag.tar'), tar);
    execFileSync('tar', ['-xf', 'bag.tar'], { cwd: into, stdio: 'ignore' });
    expect(contentsOf(join(into, bag.name), { seals: true })).toEqual(
      contentsOf(unpacked, { seals: true }),
    );
  });

  test.each([
    ['footage that was altered in the vault', 'vault', 'is not what came in'],
    ['footage that was altered with its hashes', 'hashes', 'is not what it was when leased'],
    ['files that were altered in their store', 'bags', 'is not what was written'],
  ] as const)('is not sealed over %s [EXP-4]', async (_what, where, because) => {
    const { office, order } = await withOrder();
    const { world } = office;
    const altered =
      where === 'bags'
        ? { ...world, bags: { ...world.bags, vault: altering(world.bags.vault) } }
        : { ...world, vault: altering(world.vault, where === 'hashes') };
    const exports = makeExports(altered, pino({ level: 'silent' }));
    await exports.lease(order);
    await expect(exports.seal(order.export)).rejects.toThrow(VaultError);
    await expect(exports.seal(order.export)).rejects.toThrow(because);
    expect(await exports.open(order.export)).toBeNull();
    expect(await office.exports.seal(order.export)).toMatchObject({ sealed: true });
  });
});

describe('a bag whose window has ended [RET-10]', () => {
  test('is gone, and nothing of it is found in any file [RET-7]', async () => {
    const folder = temporaryFolder();
    const office = await openExportOffice(folder);
    const marker = sampleBytes(4000, 'to be found');
    const clip = await recordClip(office.storage, 1, { chunks: [marker] });
    const order = orderFor([clip], { provider: 'Found Again LLC' });
    await sealedBag(temporaryFolder(), office, order);
    expect(foundIn(folder, Buffer.from('Found Again LLC'))).toBe(true);
    const bags = expiringBags(office.world, office.exports);
    expect(await bags.nextDueAt()).toBe(later(office.clock.now(), ring2019.bagWindowMs));
    expect(await bags.sweep()).toBe(0);
    expect([...filesUnder(join(folder, 'data', 'bags')).keys()].length).toBeGreaterThan(2);

    office.clock.advance(ring2019.bagWindowMs);
    expect(await bags.sweep()).toBe(1);
    expect(await office.exports.open(order.export)).toBeNull();
    expect(await office.exports.find(order.export)).toMatchObject({ state: 'removed' });
    expect(await office.exports.seal(order.export)).toEqual({ sealed: false, because: 'removed' });
    expect(await bags.nextDueAt()).toBeNull();
    await office.storage.catalogue.scrub();
    expect(foundIn(folder, Buffer.from('Found Again LLC'))).toBe(false);
    const left = [...filesUnder(join(folder, 'data', 'bags')).keys()];
    expect(left.filter((path) => path.endsWith('.journal'))).toEqual([]);
    expect((await kindsOf(office)).at(-1)).toBe('export-purged');
  });

  test('may be removed before it is sealed; its lease ends', async () => {
    const { office, order, clips } = await withOrder();
    await office.exports.lease(order);
    await office.exports.remove(order.export, 'withdrawn');
    await office.exports.remove(order.export, 'withdrawn');
    office.clock.advance(days(60));
    expect(await purgeClip(office.storage, ring2019, first(clips))).toEqual({ purged: true });
    expect((await kindsOf(office)).filter((kind) => kind === 'export-purged')).toHaveLength(1);
  });
});

test('a delivery is put on record, of a sealed bag only', async () => {
  const { office, order } = await withOrder();
  await office.exports.lease(order);
  expect(await office.exports.delivered(order.export, 'custodian')).toBe(false);
  await office.exports.seal(order.export);
  expect(await office.exports.delivered(order.export, 'custodian')).toBe(true);
  expect(await office.exports.find(order.export)).toMatchObject({
    deliveredAt: office.clock.now(),
  });
  expect((await kindsOf(office)).at(-1)).toBe('export-delivered');
});

async function withOrder() {
  const folder = temporaryFolder();
  const office = await openExportOffice(folder);
  const clips: readonly ClipKey[] = [
    await recordClip(office.storage, 1),
    await recordClip(office.storage, 2),
  ];
  return { folder, office, clips, order: orderFor(clips) };
}

const kindsOf = async ({ storage }: ExportOffice): Promise<readonly string[]> =>
  (await storage.catalogue.read.selectFrom('ledger').select('kind').orderBy('seq').execute())
    .map(({ kind }) => kind)
    .filter((kind) => !kind.startsWith('lease-'));

async function bytesOf({ exports }: ExportOffice, order: ExportOrder): Promise<number> {
  const bag = await exports.open(order.export);
  if (bag === null) return 0;
  const parts = await gathered(bag.tar());
  await bag.close();
  return Buffer.concat(parts).length;
}

/** By path inside the bag; without seals unless asked for. */
function contentsOf(bag: string, { seals = false } = {}) {
  return new Map(
    [...filesUnder(bag)]
      .map(([path, bytes]) => [path.slice(bag.length + 1), bytes.toString('base64')] as const)
      .filter(([path]) => seals || !path.startsWith('sig/'))
      .toSorted(),
  );
}

const foundIn = (folder: string, bytes: Buffer): boolean =>
  [...filesUnder(join(folder, 'data')).values()].some((file) => file.includes(bytes));

async function gathered(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(Uint8Array.from(part));
  return all;
}

function first<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error('there is one');
  return item;
}

const withName = (people: ExportOrder['people'], name: string): ExportOrder['people'] => ({
  ...people,
  custodian: { ...people.custodian, name },
});

const other = Buffer.from('x');
const otherChunk = { length: other.length, sha256: sha256(other) };

/** A vault that gives other bytes than it has; `withHashes`: and says that it has them. */
const altering = (vault: Vault, withHashes = false): Vault => ({
  open: (...of) => vault.open(...of),
  async openRead(...of) {
    const reader = await vault.openRead(...of);
    if (reader === null) return null;
    const chunks = () => new Map([...reader.chunks().keys()].map((index) => [index, otherChunk]));
    const told = withHashes ? { chunks } : {};
    return { ...readerOf(reader), ...told, read: async () => other };
  },
  remove: (...of) => vault.remove(...of),
  list: () => vault.list(),
});

const readerOf = (reader: VaultReader): VaultReader => ({
  chunks: () => reader.chunks(),
  read: (index) => reader.read(index),
  still: (still) => reader.still(still),
  stills: () => reader.stills(),
  close: () => reader.close(),
});
