import { expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../../../cloud-stub/log.ts';
import { makeHolds } from '../../../../cloud-stub/services/holds/holds.ts';
import { purgeClip, purgeClips } from '../../../../cloud-stub/services/retention/purge.ts';
import { Sweeper } from '../../../../cloud-stub/services/retention/sweeper.ts';
import { days, epochMs } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { clipNumbered } from '../../../support/cloud/clip-samples.ts';
import type { Storage } from '../../../support/cloud/cloud-storage.ts';
import { openStorage, storeSample } from '../../../support/cloud/cloud-storage.ts';
import { crashingStorage, Killed } from '../../../support/cloud/crashing-ports.ts';
import { warrant } from '../../../support/cloud/hold-office.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const key = clipNumbered(1);

/** Clip 1 is of day 0, and its window has ended. */
async function world() {
  const clock = standingClock(newYear);
  const storage = await openStorage(temporaryFolder(), clock);
  await storeSample(storage, 1, newYear);
  return { clock, storage, holds: makeHolds(storage, ring2019) };
}

const kinds = async ({ catalogue }: Storage) =>
  (await catalogue.read.selectFrom('ledger').select('kind').orderBy('seq').execute()).map(
    ({ kind }) => kind,
  );

test('who has the clip open hears of its purge once it is certain, before anything goes [RET-6]', async () => {
  const { clock, storage } = await world();
  clock.advance(days(61));
  const heard: { readonly possession: string; readonly keyIsThere: boolean }[] = [];
  const waiting: Promise<void>[] = [];
  const keys = {
    ...storage.keys,
    async destroy(gone: typeof key) {
      await Promise.all(waiting);
      return storage.keys.destroy(gone);
    },
  };
  const look = async (): Promise<void> => {
    const { possession } = await storage.catalogue.read
      .selectFrom('clips')
      .select('possession')
      .executeTakeFirstOrThrow();
    heard.push({ possession, keyIsThere: (await storage.keys.find(key)) !== null });
  };
  const outcome = await purgeClip(
    { ...storage, keys },
    ring2019,
    key,
    () => void waiting.push(look()),
  );
  expect(outcome).toEqual({ purged: true });
  expect(heard).toEqual([{ possession: 'shredding', keyIsThere: true }]);
});

test('two purges of one clip at once are one purge on record [RET-6, LOG-1]', async () => {
  const { clock, storage } = await world();
  clock.advance(days(61));
  const purge = () => purgeClips(storage, ring2019, [key]);
  await Promise.all([purge(), purge(), purge()]);
  await purge();
  expect((await kinds(storage)).filter((kind) => kind.startsWith('purge'))).toEqual([
    'purge-intended',
    'purged',
  ]);
});

test('a hold that time ended ends on record before the purge that this allows [HLD-5, LOG-1]', async () => {
  const { clock, storage, holds } = await world();
  await holds.place(warrant(1, { kind: 'intake' }));
  clock.advance(days(61));
  expect(await purgeClip(storage, ring2019, key)).toEqual({ purged: true });
  expect((await kinds(storage)).slice(-3)).toEqual(['hold-ended', 'purge-intended', 'purged']);
});

test('a clip that was looked at in vain is not looked at again while it is held [RET-1]', async () => {
  const { clock, storage, holds } = await world();
  await holds.place(warrant(1));
  const { catalogue } = storage;
  // The summary of what keeps it was lost: it may be too early, never too late.
  await catalogue.write((tx) =>
    tx
      .updateTable('clips')
      .set({ keptUntil: epochMs(0) })
      .execute(),
  );
  clock.advance(days(61));
  expect(await purgeClip(storage, ring2019, key)).toEqual({ purged: false, because: 'held' });
  const row = await catalogue.read.selectFrom('clips').selectAll().executeTakeFirstOrThrow();
  expect(row).toMatchObject({ possession: 'stored', keptUntil: null });
});

test('a purge that was cut off is found again whatever the row said of what kept it [RET-1, RET-6]', async () => {
  const { clock, storage } = await world();
  const { catalogue } = storage;
  await catalogue.write((tx) => tx.updateTable('clips').set({ keptUntil: null }).execute());
  clock.advance(days(61));
  const dying = crashingStorage(storage, 2);
  await expect(purgeClip(dying, ring2019, key)).rejects.toThrow(Killed);
  expect(dying.steps).toEqual(['before write', 'after write', 'before destroy']);
  const sweeper = new Sweeper(storage, ring2019, openLog('silent'));
  await sweeper.start();
  await sweeper.stop();
  expect(await storage.keys.find(key)).toBeNull();
  expect((await kinds(storage)).at(-1)).toBe('purged');
});
