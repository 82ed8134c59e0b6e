import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type Exports, makeExports } from '../../../../cloud-stub/services/exports/exports.ts';
import { sha256 } from '../../../../device/wire/codec.ts';
import { filesUnder } from '../../../support/cloud/cloud-storage.ts';
import { crashingExports } from '../../../support/cloud/crashing-exports.ts';
import { Killed } from '../../../support/cloud/crashing-ports.ts';
import {
  type ExportOffice,
  exportNumbered,
  openBags,
  openExportOffice,
  orderFor,
  recordClip,
} from '../../../support/cloud/export-office.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { waitFor } from '../../../support/wait-for.ts';

const log = pino({ level: 'silent' });
const id = exportNumbered(1);
/** So that a small bag has many segments and records. */
const limits = { unrecordedFilesMax: 14, segmentChunks: 20, unsyncedBytesMax: 40_000 };

test('killed at any step, an export goes on to the same bag [EXP-6]', async () => {
  const template = await recordedTemplate();
  const whole = await officeOn(template);
  const { steps, world } = crashingExports(whole.world, Number.POSITIVE_INFINITY);
  const wanted = await bagOf(makeExports(world, log), whole);
  expect(wanted.size).toBe(40);
  expect(steps.length).toBeGreaterThan(20);

  for (let killAt = 0; killAt < steps.length; killAt++) {
    const office = await officeOn(template);
    const dying = makeExports(crashingExports(office.world, killAt).world, log);
    await expect(bagOf(dying, office), steps[killAt]).rejects.toThrow(Killed);
    const restarted = { ...office.world, bags: await openBags(folderOf(office)) };
    expect(await bagOf(makeExports(restarted, log), office), steps[killAt]).toEqual(wanted);
    expect(await leasesLeft(office), steps[killAt]).toBe(0);
    await office.storage.catalogue.close();
  }
});

test('a restart seals what somebody had asked to be sealed, and nothing else', async () => {
  const template = await recordedTemplate();
  const office = await officeOn(template);
  const order = orderFor(await clipsOf(office));
  await office.exports.lease(order);
  await office.exports.resume();
  expect(await office.exports.find(id)).toMatchObject({ state: 'leased' });

  const { world } = crashingExports(office.world, 9);
  await expect(makeExports(world, log).seal(id)).rejects.toThrow(Killed);
  const restarted = { ...office.world, bags: await openBags(folderOf(office)) };
  await makeExports(restarted, log).resume();
  await waitFor('the seal', async () => (await office.exports.find(id))?.state === 'sealed');
});

test('killed at any step of its removal, a bag is gone after a restart [RET-10]', async () => {
  const template = await recordedTemplate();
  const office = await officeOn(template);
  await bagOf(office.exports, office);
  const full = folderOf(office);
  await office.storage.catalogue.close();

  for (let killAt = 0; ; killAt++) {
    const folder = temporaryFolder();
    cpSync(full, folder, { recursive: true });
    const now = await openExportOffice(folder);
    const { steps, world } = crashingExports(now.world, killAt);
    const removal = makeExports(world, log).remove(id, 'window-ended');
    const isDead = await removal.then(
      () => false,
      () => true,
    );
    await now.exports.resume();
    const isRemoved = (await now.exports.find(id))?.state === 'removed';
    const journals = [...filesUnder(join(folder, 'data', 'bags')).keys()].filter((path) =>
      path.endsWith('.journal'),
    );
    expect(journals.length === 0, steps[killAt]).toBe(isRemoved);
    // Only before its first commit can the removal have come to nothing.
    expect(isRemoved, steps[killAt]).toBe(killAt > 0);
    if (!isDead) break;
    await now.storage.catalogue.close();
  }
});

const folders = new WeakMap<ExportOffice, string>();
const folderOf = (office: ExportOffice): string => folders.get(office) ?? '';

/** A folder with two clips, its catalogue closed. */
async function recordedTemplate(): Promise<string> {
  const folder = temporaryFolder();
  const office = await openExportOffice(folder);
  await recordClip(office.storage, 1);
  await recordClip(office.storage, 2);
  await office.storage.catalogue.close();
  return folder;
}

async function officeOn(template: string): Promise<ExportOffice> {
  const folder = temporaryFolder();
  cpSync(template, folder, { recursive: true });
  const office = await openExportOffice(folder, (world) => ({ ...world, limits }));
  folders.set(office, folder);
  return office;
}

const clipsOf = ({ storage }: ExportOffice) =>
  storage.catalogue.read.selectFrom('clips').select(['thing', 'clip']).orderBy('clip').execute();

/** Leases, seals and reads the bag whole: SHA-256 by path, seals aside. */
async function bagOf(exports: Exports, office: ExportOffice): Promise<ReadonlyMap<string, string>> {
  const leased = await exports.lease(orderFor(await clipsOf(office)));
  if (!leased.leased) throw new Error(leased.because);
  const sealed = await exports.seal(id);
  if (!sealed.sealed) throw new Error(sealed.because);
  const bag = await exports.open(id);
  if (bag === null) throw new Error('a sealed bag can be opened');
  const contents = new Map<string, string>();
  for (const { path } of bag.files) {
    const parts: Uint8Array[] = [];
    for await (const part of bag.read(path)) parts.push(Uint8Array.from(part));
    const isRandom = /^sig.(tagmanifest|signer|tsa)/.test(path);
    contents.set(path, isRandom ? 'random' : sha256(...parts).toString('hex'));
  }
  await bag.close();
  return contents;
}

const leasesLeft = async ({ storage }: ExportOffice): Promise<number> =>
  (
    await storage.catalogue.read
      .selectFrom('leases')
      .select('lease')
      .where('endedAt', 'is', null)
      .execute()
  ).length;
