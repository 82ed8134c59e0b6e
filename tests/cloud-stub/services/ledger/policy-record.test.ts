import { expect, test } from 'vitest';
import { readPolicy } from '../../../../cloud-stub/custody/policy.ts';
import { privacyFirst } from '../../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { recordPolicy } from '../../../../cloud-stub/services/ledger/policy-record.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

test('the profile in force is on record from the start, and again whenever it is another [LOG-1]', async () => {
  const world = await openCloudWorld({ policy: ring2019 });
  const told = async () =>
    (await world.entries('policy-changed')).map(({ facts }) => {
      const { name, before, sha256 } = JSON.parse(facts) as Record<string, string>;
      return { name, before, sha256 };
    });
  const [first] = await told();
  expect(first).toMatchObject({ name: ring2019.name, before: null });
  await world.crash();
  expect(await told()).toHaveLength(1);
  await recordPolicy(world.ports, privacyFirst);
  const edited = readPolicy({ ...privacyFirst, sweepPeriodMs: privacyFirst.sweepPeriodMs + 1 });
  if (!edited.ok) throw new Error(edited.because);
  await recordPolicy(world.ports, edited.policy);
  const all = await told();
  expect(all.map(({ name }) => name)).toEqual([
    ring2019.name,
    privacyFirst.name,
    privacyFirst.name,
  ]);
  expect(all.slice(1).map(({ before }) => before)).toEqual(all.slice(0, 2).map((e) => e.sha256));
});
