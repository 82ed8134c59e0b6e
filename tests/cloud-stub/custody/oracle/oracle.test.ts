import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../../../cloud-stub/custody/policy.ts';
import { eu } from '../../../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days } from '../../../../device/wire/time.ts';
import { deeds, longHistory, situations } from './deeds.ts';
import { Model } from './model.ts';
import { Real } from './real.ts';

const chances = fc.commands(deeds, { maxCommands: 30, size: 'max' });

const histories = (
  policy: Policy,
  of: fc.Arbitrary<Iterable<fc.AsyncCommand<Model, Real>>> = chances,
) =>
  fc.asyncProperty(of, async (history) => {
    const real = await Real.open(policy);
    const model = new Model(real.numbers(), real.now);
    model.owners.push(
      { thing: 'porch', account: 'ann', from: real.now - days(400) },
      { thing: 'gate', account: 'bob', from: real.now - days(400) },
    );
    await fc.asyncModelRun(() => ({ model, real }), history);
    expect(await real.breaches()).toEqual([]);
    await real.world.cloud.stop();
  });

test.each([ring2019, privacyFirst, eu])(
  'under $name the cloud does what the rules say, whatever happens: I1 to I9, I16 to I18, I20',
  async (policy) => {
    await fc.assert(histories(policy), { numRuns: 5 });
  },
);

test('histories come to all that the rules speak of', async () => {
  situations.clear();
  await fc.assert(histories(ring2019, fc.constant(longHistory)), { numRuns: 1 });
  await fc.assert(histories(ring2019), { numRuns: 12, seed: 1 });
  expect([...situations].sort()).toEqual([
    'arriving',
    'arriving and held',
    'deleted and held',
    'held past its end',
    'held twice',
    'in the grace of a release',
    'lapsed',
    'late',
    'late and held',
    'leased past its end',
    'purged',
    'renewed',
  ]);
});
