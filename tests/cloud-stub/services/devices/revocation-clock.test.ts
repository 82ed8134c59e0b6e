import { expect, test } from 'vitest';
import { days, hours, later } from '../../../../device/wire/time.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

test('a clock that was set back makes no revocation impossible [SEC-1]', async () => {
  let back = hours(0);
  const world = await openCloudWorld({
    ports: (ports) => ({
      ...ports,
      clock: { ...ports.clock, now: () => later(ports.clock.now(), back) },
    }),
  });
  const { thing } = await world.device('porch');
  const added = await world.cloud.principals.add({ name: 'Rita', roles: ['reviewer'] });
  if (!added.ok) throw new Error(added.because);
  back = hours(-3);
  expect(await world.cloud.registry.revoke(thing, 'stolen')).toBe(true);
  expect(await world.cloud.registry.identity(thing)).toBeNull();
  expect(await world.cloud.principals.revoke(added.principal.principal)).toBe(true);
  expect(await world.cloud.principals.list()).toEqual([]);
});

test('a plan before the last one is refused, whatever set the clock back [RET-3]', async () => {
  let back = hours(0);
  const world = await openCloudWorld({
    ports: (ports) => ({
      ...ports,
      clock: { ...ports.clock, now: () => later(ports.clock.now(), back) },
    }),
  });
  expect(await world.cloud.plans.change(world.owner, 'other', days(30))).toEqual({ ok: true });
  back = hours(-3);
  const refused = { ok: false, because: 'too-soon' };
  expect(await world.cloud.plans.change(world.owner, 'third', days(60))).toEqual(refused);
});
