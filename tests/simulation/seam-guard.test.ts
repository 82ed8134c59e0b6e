import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { readScenario } from '../../tools/scenario/scenario-file.ts';
import { runScenario } from '../../tools/scenario/scenario-run.ts';
import { liveOn, recover } from './chapters.ts';
import { guardSeams, type SeamGuard } from './seam-guard.ts';
import { beginLife } from './story.ts';

function guarded(): SeamGuard {
  const guard = guardSeams();
  onTestFinished(() => guard.lift());
  return guard;
}

test.each(['export-of-a-warrant', 'encrypted-clip-salvaged', 'cloud-killed-while-a-clip-arrives'])(
  'the scenario %s reaches no clock, timer or randomness around the seams',
  async (name) => {
    const file = `fixtures/scenarios/${name}.yaml`;
    const guard = guarded();
    const verdict = await runScenario(readScenario(file, readFileSync(file, 'utf8')));
    expect(guard.leaks()).toEqual([]);
    expect(verdict.outcome).toBe('passed');
  },
);

test('nor does a whole life, whatever goes wrong in it', async () => {
  const guard = guarded();
  const life = await beginLife('guarded');
  await liveOn(life, 24);
  await recover(life);
  expect(guard.leaks()).toEqual([]);
  await life.end();
});

test.each([
  ['Date.now()', 'Date.now'],
  ['new Date()', 'new Date'],
  ['Math.random()', 'Math.random'],
  ['setTimeout(() => {}, 0)', 'setTimeout'],
  ['setImmediate(() => {})', 'setImmediate'],
  ['performance.now()', 'performance.now'],
  ['process.hrtime()', 'process.hrtime'],
  ['process.getBuiltinModule("node:crypto").randomBytes(1)', 'crypto.randomBytes'],
  ['crypto.getRandomValues(new Uint8Array(1))', 'getRandomValues'],
])('the guard sees %s', (call, what) => {
  const leaky = (path: string): unknown => new Function(`${call}\n//# sourceURL=${path}`)();
  const guard = guarded();
  leaky('/x/cloud-stub/backends/may.ts');
  expect(guard.leaks()).toEqual([]);
  leaky('/x/cloud-stub/services/leaky.ts');
  expect(guard.leaks()).toEqual([`${what} in cloud-stub/services/leaky.ts`]);
});
