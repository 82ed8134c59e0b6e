import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCloudConfig } from '../../../cloud-stub/config.ts';
import { openHostCloud } from '../../../cloud-stub/host-cloud.ts';
import { openLog } from '../../../cloud-stub/log.ts';
import { withRunningCloud } from '../../../tools/commands/scenario-cloud.ts';
import { readScenario } from '../../../tools/scenario/scenario-file.ts';
import { runScenario, type Verdict } from '../../../tools/scenario/scenario-run.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A cloud on real files, broker and HTTP whose clock is virtual; runs stories against it. */
async function openCloudToRunOn(clock: Readonly<Record<string, string>>) {
  const data = temporaryFolder();
  const ports = { 'api-port': '0', 'broker-port': '0', 'broker-host': '127.0.0.1' };
  const config = readCloudConfig({}, { data, ...ports, 'dev-identities': 'true', ...clock });
  const host = await openHostCloud(config, openLog('silent'), { version: 'test' });
  onTestFinished(() => host.stop());
  return async (...lines: readonly string[]): Promise<Verdict> => {
    const text = ['scenario: A story', 'accounts: [alice]', 'doorbells:', ...lines].join('\n');
    const verdicts: Verdict[] = [];
    const broker = `mqtts://127.0.0.1:${host.brokerPort}`;
    await withRunningCloud({ url: host.apiUrl, data: join(data), broker }, async (open) => {
      verdicts.push(await runScenario(readScenario('story.yaml', text), { open }));
    });
    const [verdict] = verdicts;
    if (verdict === undefined) throw new Error('nothing was run');
    return verdict;
  };
}
const virtual = { 'virtual-clock': 'true', at: '2026-03-02T08:00:00.000Z' };

test('a story is told to a running cloud over its broker and its HTTP, bag and all', async () => {
  const run = await openCloudToRunOn(virtual);
  const verdict = await run(
    '  porch: { owner: alice }',
    '  gate: { owner: alice, encrypted: true }',
    'steps:',
    '  - record: { doorbell: porch, as: wanted }',
    '  - record: { doorbell: porch, as: deleted }',
    '  - delete: deleted',
    '  - delete: { clip: deleted, refused: not-found }',
    '  - view: { clip: deleted, refused: not-found }',
    '  - expect: { ledger: access-refused, of: deleted }',
    '  - expect: { owner: alice, sees: [wanted] }',
    '  - record: { doorbell: gate, as: sealed }',
    '  - expect: { clip: sealed, readable: true, opens: whole }',
    '  - demand: { as: warrant, process: search-warrant, doorbells: [porch], classes: [content] }',
    '  - decide: { demand: warrant }',
    '  - expect: { demand: warrant, outcome: FULL, released: { content: 2 } }',
    '  - expect: { notices: alice, processes: [search-warrant] }',
    '  - approve: { demand: warrant, by: officer, refused: role }',
    '  - expect: { ledger: demand-refused, times: 1 }',
    '  - expect: { matters: officer, are: [warrant] }',
    '  - seal: { demand: warrant, refused: time-to-challenge }',
    '  - waive: { by: alice }',
    '  - seal: { demand: warrant }',
    '  - expect: { bag: warrant, clips: [deleted, wanted], verified: true }',
    // Longer than a token lives, which is so in the time of those who have it.
    '  - advance: 31d',
    '  - expect: { matters: officer, are: [warrant] }',
    '  - expect: { clip: deleted, visible: false, possession: stored, holds: [search-warrant] }',
    '  - expect: { ledger: intact }',
  );
  expect([verdict.outcome, verdict.findings]).toEqual(['passed', []]);
});

test('what a story cannot do to a running cloud is a mistake of the story', async () => {
  const run = await openCloudToRunOn(virtual);
  const { outcome, findings } = await run('  {}', 'steps:', '  - cloud: kill');
  expect([outcome, findings[0]?.found]).toEqual([
    'mistake',
    'cloud needs a cloud in this process, not a running one',
  ]);
});

test('a story that begins in the past of the cloud is a mistake of the story', async () => {
  const run = await openCloudToRunOn(virtual);
  const { outcome, findings } = await run(
    '  {}',
    'start: 2026-01-01T00:00:00Z',
    'steps:',
    '  - advance: 1d',
  );
  expect([outcome, findings[0]?.found]).toEqual([
    'mistake',
    'in the cloud it is 2026-03-02T08:00:00.000Z already',
  ]);
});

test('a cloud in real time is not moved: the command says what it needs', async () => {
  const run = await openCloudToRunOn({});
  await expect(run('  {}', 'steps:', '  - advance: 1d')).rejects.toThrow(
    /no cloud with a virtual clock runs on .*start one with "doorbell cloud --virtual-clock"/,
  );
});
