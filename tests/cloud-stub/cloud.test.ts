import { expect, test } from 'vitest';
import type { OwnerCloud } from '../../cloud-stub/api/owner-cloud.ts';
import { openCloudWorld } from '../support/cloud/cloud-world.ts';

test('the cloud answers all that the owner API asks for', async () => {
  const world = await openCloudWorld();
  const owners: OwnerCloud = world.cloud; // the compiler checks
  expect(await owners.readiness()).toEqual({ catalogue: null });
  expect(await owners.accounts.authenticate(world.token)).toBe(world.owner);
});
