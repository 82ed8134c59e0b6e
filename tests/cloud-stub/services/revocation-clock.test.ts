import { expect, test } from 'vitest';
import { hours, later } from '../../../device/wire/time.ts';
import { openCloudWorld } from '../../support/cloud-world.ts';

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
