import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../../../cloud-stub/log.ts';
import { makeAccessRecords } from '../../../../cloud-stub/services/accounts/access-records.ts';
import { closeAccount } from '../../../../cloud-stub/services/accounts/account-closure.ts';
import { makeAccounts } from '../../../../cloud-stub/services/accounts/accounts.ts';
import { escrowClass } from '../../../../cloud-stub/services/accounts/escrow.ts';
import { expiringRows } from '../../../../cloud-stub/services/retention/record-classes.ts';
import { Sweeper } from '../../../../cloud-stub/services/retention/sweeper.ts';
import { days, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { sampleBytes, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { filesUnder, openHostStorage, storeSample } from '../../../support/cloud/cloud-storage.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test('of a closed account nothing is left in any file, once nothing is held [DEL-5, RET-7, RET-10]', async () => {
  const root = temporaryFolder();
  const folders = { data: join(root, 'cloud'), secrets: join(root, 'secrets') };
  const clock = standingClock(newYear);
  const storage = await openHostStorage(folders, clock);
  const name = 'Wilhelmina Unmistakable';
  const { account, token } = await makeAccounts(storage).open(name);
  const { key } = await storeSample(storage, 1, newYear, { account });
  const told = 'somebody in a yellow raincoat';
  await storage.catalogue.write((tx) =>
    tx
      .insertInto('events')
      .values({
        thing: key.thing,
        seq: 1,
        id: ulidNumbered(900),
        account,
        kind: 'ding',
        at: newYear,
        receivedAt: newYear,
        clip: key.clip,
        data: JSON.stringify({ told }),
        message: '{}',
        expiresAt: later(newYear, days(60)),
      })
      .execute(),
  );
  const origin = { address: '203.0.113.77', client: 'an unusual browser/7' };
  await makeAccessRecords(storage, ring2019).note(account, 'footage-read', origin, key);

  const files = () => [...filesUnder(root)];
  const bytesOf = (suffix: string): Buffer =>
    files().find(([path]) => path.endsWith(suffix))?.[1] ?? Buffer.alloc(0);
  const wanted = [
    ['the name', Buffer.from(name)],
    ['the address', Buffer.from(origin.address)],
    ['the client', Buffer.from(origin.client)],
    ['the event', Buffer.from(told)],
    ['the key of the pseudonym', bytesOf(`${account}.key`).subarray(4)],
    ['the key of the clip', bytesOf(`${key.clip}.key`).subarray(4)],
    ['the footage, encrypted', bytesOf(`${key.clip}.journal`).subarray(-64)],
  ] as const;
  const found = () =>
    wanted
      .filter(([, bytes]) => bytes.length > 0 && files().some(([, file]) => file.includes(bytes)))
      .map(([what]) => what);
  // First all of it is found: a search that finds nothing proves nothing.
  expect(found()).toEqual(wanted.map(([what]) => what));

  expect(await closeAccount(storage, ring2019, account)).toBe(true);
  const recordClasses = [
    expiringRows(storage, 'accessRecords', 'access-purged'),
    escrowClass(storage),
  ];
  const sweeper = new Sweeper(storage, ring2019, openLog('silent'), { recordClasses });
  await sweeper.start();
  await sweeper.sweep();
  await sweeper.stop();
  expect(found()).toEqual([]);
  expect(files().some(([, file]) => file.includes(sampleBytes(5000, 'clip 1 chunk 0')))).toBe(
    false,
  );
  expect(await makeAccounts(storage).authenticate(token)).toBeNull();
});
