import { expect, onTestFinished, test } from 'vitest';
import { liveOn, recover, releaseAll, windowsEnd } from './chapters.ts';
import {
  deletedIsHidden,
  footageIsWhole,
  handsAreRight,
  onlyHeldIsLeft,
  ringsAreAnswered,
  storageIsSound,
} from './laws.ts';
import { pressMachine } from './machine-pressure.ts';
import { sealedIsSealed } from './sealed-footage.ts';
import { beginLife, type Life } from './story.ts';

/** `SIMULATION_SEEDS=100-200` runs others than the suite does. */
const [from = 1, to = from] = (process.env['SIMULATION_SEEDS'] ?? '1-3').split('-').map(Number);
/** Two seconds of work, on a machine that may have much else to do. */
const lifeMsMax = 300_000;
const seeds = Array.from({ length: to - from + 1 }, (_, n) => `life ${from + n}`);

async function live(seed: string, check: (life: Life) => Promise<void>, parts = 4): Promise<Life> {
  const life = await beginLife(seed);
  for (let part = 0; part < parts; part++) {
    await liveOn(life, 12);
    expect(await deletedIsHidden(life)).toEqual([]);
  }
  const drained = await recover(life);
  expect(life.lies).toEqual([]);
  expect(drained, 'the doorbells have told everything').toBe(true);
  await check(life);
  return life;
}

test.each(seeds)(
  '%s: nothing is lost, kept too long or seen by mistake [RET-1, RET-2, HLD-1, DEL-1, WIRE-1, DEV-3]',
  async (seed) => {
    const life = await live(seed, async (now) => {
      expect(await ringsAreAnswered(now)).toEqual([]);
      expect(await footageIsWhole(now)).toEqual([]);
      expect(await deletedIsHidden(now)).toEqual([]);
      expect(await handsAreRight(now)).toEqual([]);
      expect(await sealedIsSealed(now)).toEqual([]);
      expect(await storageIsSound(now)).toEqual([]);
    });
    await windowsEnd(life);
    expect(await onlyHeldIsLeft(life)).toEqual([]);
    expect(await footageIsWhole(life)).toEqual([]);
    await releaseAll(life);
    expect(await onlyHeldIsLeft(life)).toEqual([]);
    expect(life.lies).toEqual([]);
    expect(await storageIsSound(life)).toEqual([]);
    await life.end();
  },
  lifeMsMax,
);

test(
  'the same seed gives the same life and the same ledger, however busy the machine is',
  async () => {
    const calm = await live('replayed', async () => {}, 3);
    const relieve = pressMachine();
    onTestFinished(relieve);
    const pressed = await live('replayed', async () => {}, 3);
    expect(calm.trace.length).toBeGreaterThan(200);
    expect(pressed.trace).toEqual(calm.trace);
    expect(await ledgerRoot(pressed)).toBe(await ledgerRoot(calm));
    for (const life of [calm, pressed]) await life.end();
  },
  lifeMsMax,
);

async function ledgerRoot({ cloud: { storage } }: Life): Promise<string> {
  const { ledger, catalogue } = storage;
  const root = await ledger.root(catalogue.read, await ledger.size(catalogue.read));
  return Buffer.from(root).toString('hex');
}
