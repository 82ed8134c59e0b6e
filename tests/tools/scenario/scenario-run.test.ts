import { expect, test } from 'vitest';
import { readScenario } from '../../../tools/scenario/scenario-file.ts';
import {
  type RunOptions,
  runScenario,
  type Verdict,
} from '../../../tools/scenario/scenario-run.ts';

const head = 'scenario: A fact\naccounts: [alice]\ndoorbells:\n  porch: { owner: alice }\nsteps:\n';
const run = (steps: string, options: RunOptions = {}): Promise<Verdict> =>
  runScenario(readScenario('story.yaml', head + steps), options);
const visit = '  - record: { doorbell: porch, as: visit }\n  - delete: visit\n';

test('the same file and seed give the same ledger root, another seed another', async () => {
  const [first, again, other] = [
    await run(visit),
    await run(visit),
    await run(visit, { seed: '2' }),
  ];
  expect(first.outcome).toBe('passed');
  expect(first.ledgerRoot).toMatch(/^[0-9a-f]{64}$/);
  expect(again).toEqual(first);
  expect(other.ledgerRoot).not.toBe(first.ledgerRoot);
});

test('an expectation that does not hold is told with its line, and those after it are judged too', async () => {
  const verdict = await run(
    [
      visit.trimEnd(),
      '  - expect:',
      '      clip: visit',
      '      visible: true',
      '      possession: staged',
      '  - expect: { owner: alice, sees: [visit] }',
    ].join('\n'),
  );
  expect(verdict).toMatchObject({
    outcome: 'failed',
    findings: [
      { line: 11, column: 7, step: 'expect', expected: 'possession: staged', found: 'stored' },
      { line: 10, column: 7, step: 'expect', expected: 'visible: true', found: 'false' },
      { line: 12, column: 29, step: 'expect', expected: 'sees: visit', found: 'nothing' },
    ],
  });
});

test('an act that comes out otherwise ends the scenario there', async () => {
  const verdict = await run(
    `${visit}  - delete: visit\n  - expect: { owner: alice, sees: [visit] }\n`,
  );
  expect(verdict).toMatchObject({
    outcome: 'failed',
    findings: [
      { line: 8, step: 'delete', expected: 'that it is done', found: 'refused: not-found' },
    ],
  });
});

test.each([
  ['a clip nobody recorded', '  - delete: visit\n', /no clip visit/],
  ['a doorbell without power', `  - power: { doorbell: porch, is: cut }\n${visit}`, /no power/],
  ['a cloud that is down', `${visit}  - cloud: kill\n  - view: visit\n`, /cloud is down/],
  ['the past', '  - advance: 1d\n  - advance-to: start\n', /is past/],
  ['a name that is taken', `${visit}  - record: { doorbell: porch, as: visit }\n`, /already/],
])('a step that needs %s is a mistake of the scenario', async (_, steps, because) => {
  const { outcome, findings } = await run(steps);
  expect(outcome).toBe('mistake');
  expect(findings.at(-1)?.found).toMatch(because);
});

test('a profile decides what a delete does to the bytes [DEL-2]', async () => {
  const steps = `${visit}  - advance: 1h\n  - expect: { clip: visit, possession: stored }\n`;
  const outcomes = await Promise.all(
    (['ring-2019', 'privacy-first', 'eu'] as const).map(async (profile) => {
      const { outcome, findings } = await run(steps, { profile });
      return [outcome, findings.map(({ found }) => found)];
    }),
  );
  expect(outcomes).toEqual([
    ['passed', []],
    ['failed', ['shredded']],
    ['failed', ['shredded']],
  ]);
});
