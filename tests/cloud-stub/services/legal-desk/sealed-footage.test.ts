import { expect, test } from 'vitest';
import { readScenario } from '../../../../tools/scenario/scenario-file.ts';
import { runScenario } from '../../../../tools/scenario/scenario-run.ts';
import { verdictText } from '../../../../tools/scenario/text-report.ts';

const story = `
scenario: What its owner deleted leaves by an approved demand, and in no other way
rules: [DEL-3]
accounts: [alice]
doorbells:
  porch: { owner: alice }
steps:
  - record: { doorbell: porch, as: sealed }
  - delete: sealed
  - view: { clip: sealed, refused: not-found }
  - expect: { owner: alice, sees: [] }
  - demand: { as: subpoena, process: administrative-subpoena, doorbells: [porch], classes: [content] }
  - decide: { demand: subpoena }
  - expect: { demand: subpoena, outcome: REJECTED }
  - seal: { demand: subpoena, refused: stage }
  - expect: { bag: subpoena, open: false }
  - demand: { as: warrant, process: search-warrant, doorbells: [porch], classes: [content] }
  - seal: { demand: warrant, refused: stage }
  - expect: { bag: warrant, open: false }
  - decide: { demand: warrant }
  - waive: { by: alice }
  - seal: { demand: warrant }
  - deliver: { demand: warrant }
  - expect: { bag: warrant, by: officer, clips: [sealed], verified: true }
  - view: { clip: sealed, refused: not-found }
  - expect: { owner: alice, sees: [] }
`;

test('sealed footage is reachable through an approved demand only [DEL-3]', async () => {
  const scenario = readScenario('sealed-footage.yaml', story);
  const verdict = await runScenario(scenario, { profile: 'ring-2019' });
  expect(verdict.outcome, verdictText(verdict, false)).toBe('passed');
});
