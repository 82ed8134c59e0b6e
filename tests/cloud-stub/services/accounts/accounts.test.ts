import { expect, test } from 'vitest';
import { ownerAt } from '../../../../cloud-stub/services/accounts/accounts.ts';
import { epochMs, hours, later, milliseconds } from '../../../../device/wire/time.ts';
import { thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

test('a token opens its account and no other, and only its hash is kept', async () => {
  const world = await openCloudWorld();
  const { accounts } = world.cloud;
  const { account, token } = await accounts.open('second');
  expect(await accounts.authenticate(token)).toBe(account);
  expect(await accounts.authenticate(world.token)).toBe(world.owner);
  for (const wrong of ['', 'x', `${token}x`, token.slice(1), token.toLowerCase()]) {
    expect(await accounts.authenticate(wrong)).toBeNull();
  }
  const rows = await world.ports.catalogue.read.selectFrom('tokens').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(token);
  expect((await accounts.list()).map(({ name }) => name)).toEqual(['owner', 'second']);
});

test('a token with a lifetime ends with it', async () => {
  const world = await openCloudWorld();
  const token = await world.cloud.accounts.issueToken(world.owner, hours(1));
  expect(await world.cloud.accounts.authenticate(token ?? '')).toBe(world.owner);
  world.clock.advance(hours(1));
  expect(await world.cloud.accounts.authenticate(token ?? '')).toBeNull();
  expect(await world.cloud.accounts.issueToken(ulidNumbered(1))).toBeNull();
});

test('a device has one owner at a time, from the claim inclusive to the release exclusive', async () => {
  const world = await openCloudWorld();
  const { accounts } = world.cloud;
  const { thing } = await world.device('porch', false);
  const { account: next } = await accounts.open('next');
  const start = world.clock.now();
  expect(await accounts.claim(world.owner, thing)).toEqual({ ok: true });
  expect(await accounts.claim(next, thing)).toEqual({ ok: false, because: 'owned-already' });
  expect(await accounts.claim(next, thingNamed('nowhere'))).toEqual({
    ok: false,
    because: 'no-such-device',
  });
  expect(await accounts.claim(ulidNumbered(1), thing)).toEqual({
    ok: false,
    because: 'no-such-account',
  });
  expect(await accounts.release(next, thing)).toEqual({ ok: false, because: 'not-owned' });
  world.clock.advance(hours(1));
  const end = world.clock.now();
  expect(await accounts.release(world.owner, thing)).toEqual({ ok: true });
  expect(await accounts.claim(next, thing)).toEqual({ ok: true });

  const { read } = world.ports.catalogue;
  const owners = [later(start, milliseconds(-1)), start, later(end, milliseconds(-1)), end];
  expect(await Promise.all(owners.map((at) => ownerAt(read, thing, at)))).toEqual([
    null,
    world.owner,
    world.owner,
    next,
  ]);
});

test('claimed, released and claimed again within a millisecond: the spans touch and never overlap', async () => {
  const world = await openCloudWorld();
  const { accounts } = world.cloud;
  const { thing } = await world.device('porch', false);
  for (let n = 0; n < 3; n++) {
    expect(await accounts.claim(world.owner, thing)).toEqual({ ok: true });
    expect(await accounts.release(world.owner, thing)).toEqual({ ok: true });
  }
  const spans = await world.ports.catalogue.read
    .selectFrom('ownerships')
    .select(['fromAt', 'untilAt'])
    .orderBy('fromAt')
    .execute();
  const start = world.clock.now();
  expect(spans).toEqual(
    [0, 1, 2].map((n) => ({ fromAt: epochMs(start + n), untilAt: epochMs(start + n + 1) })),
  );
});
