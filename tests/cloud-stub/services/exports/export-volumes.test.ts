import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { inVolumes } from '../../../../cloud-stub/services/exports/export-volumes.ts';
import { type Exports, makeExports } from '../../../../cloud-stub/services/exports/exports.ts';
import { days } from '../../../../device/wire/time.ts';
import { verifyBag } from '../../../../tools/verify/verify-bag.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import {
  type ExportOffice,
  exportNumbered,
  openExportOffice,
  orderFor,
  recordClip,
} from '../../../support/cloud/export-office.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const id = exportNumbered(1);

/** Five clips, and bags of at most two. */
async function wideOrder() {
  const office = await openExportOffice(temporaryFolder());
  const clips = [];
  for (const n of [5, 1, 4, 2, 3]) clips.push(await recordClip(office.storage, n));
  return { office, order: orderFor(clips), exports: inVolumes(office.exports, office.world, 2) };
}

/** The tar as its recipient gets it, unpacked; the folders in it. */
async function untarred(exports: Exports): Promise<readonly string[]> {
  const bag = await exports.open(id);
  if (bag === null) throw new Error('it is sealed');
  const parts: Uint8Array[] = [];
  for await (const part of bag.tar()) parts.push(Uint8Array.from(part));
  await bag.close();
  const tar = Buffer.concat(parts);
  expect(tar.length).toBe(bag.tarBytes);
  const into = join(temporaryFolder(), 'untarred');
  mkdirSync(into);
  writeFileSync(join(into, '..', 'bag.tar'), tar);
  execFileSync('tar', ['-xf', '../bag.tar'], { cwd: into, stdio: 'ignore' });
  return readdirSync(into).map((name) => join(into, name));
}

const rowsOf = ({ storage }: ExportOffice) =>
  storage.catalogue.read.selectFrom('exports').selectAll().orderBy('export').execute();

test('more clips than a bag takes come in volumes, each whole by itself and naming all [EXP-1]', async () => {
  const { exports, order } = await wideOrder();
  expect(await exports.lease(order)).toMatchObject({
    leased: true,
    facts: { export: id, volumes: 3, items: 7, state: 'leased' },
  });
  expect(await exports.lease(order)).toMatchObject({ leased: true, facts: { volumes: 3 } });
  expect(await exports.seal(id)).toMatchObject({ sealed: true, facts: { state: 'sealed' } });
  const folders = await untarred(exports);
  const verdicts = await Promise.all(folders.map((folder) => verifyBag(folder)));
  expect(verdicts.map(({ valid, clips, volume }) => ({ valid, clips, volume }))).toEqual(
    expect.arrayContaining([
      { valid: true, clips: 2, volume: '1 of 3' },
      { valid: true, clips: 2, volume: '2 of 3' },
      { valid: true, clips: 1, volume: '3 of 3' },
    ]),
  );
  const first = folders.find((folder) => folder.endsWith(id)) ?? '';
  const read = (path: string) => readFileSync(join(first, path), 'utf8');
  expect(read('bag-info.txt')).toContain(`Bag-Group-Identifier: EXP-${id}\nBag-Count: 1 of 3\n`);
  const { volume } = JSON.parse(read('data/answer.json'));
  expect(volume.exports.map((each: string) => `EXP-${each}`).toSorted()).toEqual(
    folders.map((folder) => folder.split('/').at(-1)).toSorted(),
  );
  expect(read('README-VERIFY.txt')).toContain('THIS IS VOLUME 1 OF 3.');
  expect(read('custody-report.html')).toContain('Volume 1 of 3');
  // What is not footage came with the first, and by time the first come first.
  expect(
    folders.filter((folder) =>
      readdirSync(join(folder, 'data/records')).includes('subscriber.csv'),
    ),
  ).toEqual([first]);
  expect(readdirSync(join(first, 'data/clips')).toSorted()).toEqual(
    order.clips
      .map(({ clip }) => `${clip}.mp4`)
      .toSorted()
      .slice(0, 2),
  );
});

test('as many as a bag takes are one bag, as ever', async () => {
  const { office, order } = await wideOrder();
  const exports = inVolumes(office.exports, office.world, 5);
  await exports.lease(order);
  expect(await exports.seal(id)).toMatchObject({ facts: { volumes: 1 } });
  const [folder, ...others] = await untarred(exports);
  expect(others).toEqual([]);
  expect(await verifyBag(folder ?? '')).toMatchObject({ valid: true, volume: null, clips: 5 });
});

test('footage that went before the last volume was leased leaves none', async () => {
  const { office, exports, order } = await wideOrder();
  const { clips } = order;
  // Before all others, so that it is of the first volume, which is leased last.
  const gone = { ...order.clips[0], clip: ulidNumbered(0) } as (typeof clips)[number];
  expect(await exports.lease({ ...order, clips: [...clips, gone] })).toMatchObject({
    because: 'footage-gone',
  });
  expect(await exports.find(id)).toBeNull();
  expect((await rowsOf(office)).map(({ state }) => state)).toEqual(['removed', 'removed']);
});

test('cut off between its volumes, a seal goes on with all of them after a restart', async () => {
  const { office, exports, order } = await wideOrder();
  await exports.lease(order);
  const cut = inVolumes(
    {
      ...office.exports,
      seal: async (each) => {
        if (each === id) throw new Error('killed');
        return office.exports.seal(each);
      },
    },
    office.world,
    2,
  );
  await expect(cut.seal(id)).rejects.toThrow('killed');
  expect(await exports.find(id)).toMatchObject({ state: 'leased' });
  expect(await exports.open(id)).toBeNull();
  const restarted = makeExports(office.world, pino({ level: 'silent' }));
  await restarted.resume();
  await restarted.stop();
  expect((await rowsOf(office)).every(({ sealAskedAt }) => sealAskedAt !== null)).toBe(true);
  expect(await exports.seal(id)).toMatchObject({ sealed: true, facts: { volumes: 3 } });
});

test('handed over and removed, they are so together', async () => {
  const { office, exports, order } = await wideOrder();
  await exports.lease(order);
  await exports.seal(id);
  office.clock.advance(days(1));
  expect(await exports.delivered(id, 'custodian')).toBe(true);
  expect((await rowsOf(office)).every(({ deliveredAt }) => deliveredAt !== null)).toBe(true);
  await exports.remove(id, 'window-ended');
  expect((await rowsOf(office)).map(({ state }) => state)).toEqual(Array(3).fill('removed'));
  expect(await exports.open(id)).toBeNull();
});
