import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { ClipKey, Vault, VaultClip, VaultReader } from '../../../../cloud-stub/ports.ts';
import type { ExportWorld } from '../../../../cloud-stub/services/exports/export-world.ts';
import { makeExports } from '../../../../cloud-stub/services/exports/exports.ts';
import { purgeClip } from '../../../../cloud-stub/services/retention/purge.ts';
import { type DurationMs, days, hours } from '../../../../device/wire/time.ts';
import { verifyBag } from '../../../../tools/verify/verify-bag.ts';
import {
  type ExportOffice,
  exportNumbered,
  openExportOffice,
  orderFor,
  recordClip,
  unpack,
} from '../../../support/cloud/export-office.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const log = pino({ level: 'silent' });
const id = exportNumbered(1);
const leaseTerm = ring2019.holds.lease;

/** Each recording that is opened takes so long, and a purge of all of them is tried meanwhile. */
const slowly = (
  { world, clock, storage }: ExportOffice,
  each: DurationMs,
  keys: readonly ClipKey[],
): ExportWorld => ({
  ...world,
  vault: {
    ...vaultOf(world.vault),
    async openRead(...of): Promise<VaultReader | null> {
      clock.advance(each);
      for (const key of keys) await purgeClip(storage, ring2019, key);
      return world.vault.openRead(...of);
    },
  },
});

const vaultOf = (vault: Vault): Vault => ({
  open: (...of) => vault.open(...of),
  openRead: (...of) => vault.openRead(...of),
  remove: (...of) => vault.remove(...of),
  list: () => vault.list(),
});

async function officeWith(clips: number) {
  const office = await openExportOffice(temporaryFolder());
  const keys = [];
  for (let n = 1; n <= clips; n++) keys.push(await recordClip(office.storage, n));
  return { office, keys, order: orderFor(keys) };
}

async function verdictOf({ exports }: Pick<ExportOffice, 'exports'>, of = id) {
  const bag = await exports.open(of);
  if (bag === null) throw new Error('it is sealed');
  const folder = await unpack(bag, temporaryFolder());
  await bag.close();
  return verifyBag(folder);
}

test('an export that takes longer than a lease lasts keeps its footage: each clip renews it', async () => {
  const { office, keys, order } = await officeWith(4);
  expect(leaseTerm).toEqual({ termMs: days(1), totalMsMax: days(7) });
  const exports = makeExports(slowly(office, hours(20), keys), log);
  // Their windows end while it is at work.
  office.clock.advance(days(56));
  await exports.lease(order);
  expect(await exports.seal(id)).toMatchObject({ sealed: true });
  expect(await verdictOf(office)).toMatchObject({ valid: true, clips: 4 });
  // The lease has ended with the seal.
  const [first] = keys;
  if (first === undefined) throw new Error('there are four');
  expect(await purgeClip(office.storage, ring2019, first)).toEqual({ purged: true });
});

test('one that takes longer than any lease may last seals nothing, whatever it has copied', async () => {
  const { office, keys, order } = await officeWith(9);
  const exports = makeExports(slowly(office, hours(20), keys), log);
  await exports.lease(order);
  expect(await exports.seal(id)).toEqual({ sealed: false, because: 'lease-over' });
  expect(await exports.open(id)).toBeNull();
  expect(await exports.find(id)).toMatchObject({ state: 'leased' });
});

/** A bag store whose disk is full from the n-th write to the disk on, until there is room again. */
function onFullDisk({ world }: ExportOffice) {
  let writes = 0;
  let fullAt = Number.POSITIVE_INFINITY;
  const write = (): void => {
    if (++writes > fullAt) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  const onDisk = (clip: VaultClip): VaultClip => ({
    chunks: () => clip.chunks(),
    read: (index) => clip.read(index),
    still: (still) => clip.still(still),
    stills: () => clip.stills(),
    append: (...of) => clip.append(...of),
    addStill: (...of) => clip.addStill(...of),
    async sync() {
      write();
      return clip.sync();
    },
    close: () => clip.close(),
  });
  const { vault, keys } = world.bags;
  const bags = {
    keys,
    vault: {
      ...vaultOf(vault),
      open: async (...of: Parameters<Vault['open']>) => onDisk(await vault.open(...of)),
    },
  };
  const exports = makeExports(
    { ...world, bags, limits: { unrecordedFilesMax: 6, unsyncedBytesMax: 9000 } },
    log,
  );
  return {
    exports,
    /** From now on there is room for so many writes. */
    leave: (room: number) => {
      fullAt = writes + room;
    },
  };
}

test('where the disk is full it fails, and goes on once there is room, to the same bag', async () => {
  const { office, order } = await officeWith(2);
  const disk = onFullDisk(office);
  await disk.exports.lease(order);
  let failures = 0;
  for (let room = 0; ; room++) {
    disk.leave(room);
    const outcome = await disk.exports.seal(id).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) break;
    expect(outcome).toMatchObject({ code: 'ENOSPC' });
    expect(await disk.exports.open(id)).toBeNull();
    failures++;
    expect(failures).toBeLessThan(100);
  }
  expect(failures).toBeGreaterThan(3);
  expect(await verdictOf(disk)).toMatchObject({ valid: true, clips: 2, files: 40 });
});

test('two exports of the same footage at once are two whole bags', async () => {
  const { office, keys, order } = await officeWith(3);
  const other = exportNumbered(2);
  await office.exports.lease(order);
  await office.exports.lease(orderFor(keys, { export: other }));
  const sealed = await Promise.all([office.exports.seal(id), office.exports.seal(other)]);
  expect(sealed).toMatchObject([{ sealed: true }, { sealed: true }]);
  expect(await verdictOf(office)).toMatchObject({ valid: true, clips: 3 });
  expect(await verdictOf(office, other)).toMatchObject({ valid: true, clips: 3 });
});

test('footage that two exports name stays until the second is sealed', async () => {
  const { office, keys, order } = await officeWith(1);
  const [clip] = keys;
  if (clip === undefined) throw new Error('there is one');
  const other = exportNumbered(2);
  office.clock.advance(days(57));
  await office.exports.lease(order);
  await office.exports.lease(orderFor(keys, { export: other }));
  await office.exports.seal(id);
  office.clock.advance(hours(12));
  expect(await purgeClip(office.storage, ring2019, clip)).toEqual({
    purged: false,
    because: 'leased',
  });
  expect(await office.exports.seal(other)).toMatchObject({ sealed: true });
  expect(await purgeClip(office.storage, ring2019, clip)).toEqual({ purged: true });
});

test('asked for its seal from several sides at once, a bag is built once', async () => {
  const { office, order } = await officeWith(2);
  await office.exports.lease(order);
  const all = await Promise.all([1, 2, 3].map(() => office.exports.seal(id)));
  expect(all.every((outcome) => outcome.sealed)).toBe(true);
  const sealed = await office.storage.catalogue.read
    .selectFrom('ledger')
    .select('seq')
    .where('kind', '=', 'export-sealed')
    .execute();
  expect(sealed).toHaveLength(1);
});
