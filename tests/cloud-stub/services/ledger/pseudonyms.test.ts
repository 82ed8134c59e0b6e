import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFileKeyVault } from '../../../../cloud-stub/backends/file-key-vault.ts';
import {
  identityKeysIn,
  openMemoryIdentityKeys,
} from '../../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../../cloud-stub/backends/ledger.ts';
import type { Ulid } from '../../../../device/wire/ids.ts';
import { days } from '../../../../device/wire/time.ts';
import { clipNumbered, seededEntropy, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { filesUnder } from '../../../support/cloud/cloud-storage.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import { decided, formOf, openDeskOffice, porchClip } from '../../../support/cloud/desk-office.ts';
import { identitiesInLedger } from '../../../support/cloud/ledger-identities.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

test("an owner's life leaves no name, id or token in the ledger [LOG-2]", async () => {
  const world = await openCloudWorld();
  const { accounts, footage } = world.cloud;
  const porch = await world.device('porch');
  for (const n of [0, 1]) {
    porch.clip(ulidNumbered(n), { seq: n }).sendAll();
    await world.pass(300);
  }
  const guest = await accounts.open('Gabriela Guest');
  await world.bytes(clipNumbered(0));
  await footage.open(guest.account, clipNumbered(0));
  await footage.remove(world.owner, clipNumbered(1));
  await accounts.release(world.owner, porch.thing);
  await accounts.claim(guest.account, porch.thing);
  const kinds = await world.ports.catalogue.read.selectFrom('ledger').select('kind').execute();
  // What names people is all there.
  expect(kinds.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining([
      ...['account-opened', 'device-claimed', 'clip-viewed', 'access-refused', 'clip-deleted'],
      'device-released',
    ]),
  );
  const secrets = [world.token, guest.token];
  expect(await identitiesInLedger(world.ports.catalogue, secrets)).toEqual([]);
});

test('a matter leaves no name or id of its people, agency or owner in the ledger [LOG-2]', async () => {
  const office = await openDeskOffice();
  await office.add(porchClip(1, 1), porchClip(2, 2));
  await office.pass(days(3));
  await decided(office, formOf(office.clock.now()));
  const secrets = ['Springfield', 'Officer Olin', await office.token(office.people.reviewer)];
  expect(await identitiesInLedger(office.catalogue, secrets)).toEqual([]);
});

test('once its key is shredded nobody can tell whom a pseudonym meant [LOG-2]', async () => {
  const folder = temporaryFolder();
  const open = async (name: string) =>
    identityKeysIn(
      await openFileKeyVault({
        folder: join(folder, name),
        masterKeyPath: join(folder, 'secret', 'master.key'),
        entropy: seededEntropy(name),
      }),
    );
  const keys = await open('identities');
  const [one, other] = [ulidNumbered(1), ulidNumbered(2)] as readonly [Ulid, Ulid];
  const ledger = openSqlLedger(keys);
  const before = await ledger.actor(`account:${one}`);
  expect(await openSqlLedger(await open('identities')).actor(`account:${one}`)).toBe(before);
  const files = filesUnder(join(folder, 'identities'));
  const wrapped = [...files].find(([path]) => path.endsWith(`${one}.key`))?.[1];
  if (wrapped === undefined) throw new Error('it has no key');

  await keys.destroy(one);
  for (const each of [ledger, openSqlLedger(await open('identities'))]) {
    expect(await each.actor(`account:${one}`)).toBe('account:shredded');
  }
  for (const [, bytes] of filesUnder(folder)) expect(bytes.includes(wrapped)).toBe(false);
  // Who guesses has to guess the key as well: the same id under other keys gives another pseudonym.
  const guess = openSqlLedger(openMemoryIdentityKeys(seededEntropy('guess')));
  expect(await guess.actor(`account:${one}`)).not.toBe(before);
  expect(await ledger.actor(`account:${other}`)).toMatch(/^account:[0-9a-f]{32}$/);
});
