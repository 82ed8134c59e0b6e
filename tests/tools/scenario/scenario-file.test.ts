import { expect, test } from 'vitest';
import { readScenario, ScenarioFileError } from '../../../tools/scenario/scenario-file.ts';

const head = 'scenario: A fact\naccounts: [alice]\ndoorbells:\n  porch: { owner: alice }\n';

/** Each problem as a line of the message, without what stands between line and reason. */
function problems(text: string): readonly string[] {
  try {
    readScenario('story.yaml', text);
  } catch (error) {
    if (error instanceof ScenarioFileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('a scenario that holds is read, each step with its place', () => {
  const { scenario, steps } = readScenario(
    'story.yaml',
    `${head}steps:\n  - advance: 1d\n  - expect: { owner: alice, sees: [] }\n`,
  );
  expect(scenario).toBe('A fact');
  expect(steps.map(({ step, place }) => [step.name, place])).toEqual([
    ['advance', { line: 6, column: 5 }],
    ['expect', { line: 7, column: 5 }],
  ]);
  expect(steps[1]?.placeOf(['sees'])).toEqual({ line: 7, column: 29 });
});

const wrong: readonly (readonly [string, string, readonly string[]])[] = [
  ['no step at all', head, ['story.yaml:1:1: found nothing: expected a list of at least one step']],
  [
    'a step that does not exist',
    `${head}steps:\n  - advanse: 1d\n`,
    [expect.stringMatching(/^story\.yaml:6:5: found the step advanse: .*did you mean advance\?/)],
  ],
  [
    'two steps in one',
    `${head}steps:\n  - advance: 1d\n    delete: visit\n`,
    [expect.stringMatching(/^story\.yaml:7:5: found the step advance, delete: expected one step/)],
  ],
  [
    'a length without a unit',
    `${head}steps:\n  - advance: 60\n`,
    [expect.stringMatching(/^story\.yaml:6:5: found 60: .*expected string/)],
  ],
  [
    'a length in an unknown unit',
    `${head}steps:\n  - advance: 2w\n`,
    [
      'story.yaml:6:5: found "2w": expected a length of time such as 3d, 90m or 1h 30m (units: ms s m h d)',
    ],
  ],
  [
    'a member nobody knows',
    `${head}steps:\n  - record:\n      doorbell: porch\n      as: visit\n      colour: red\n`,
    ["story.yaml:9:7: found 'colour': there is no such field here"],
  ],
  [
    'an expectation of nothing',
    `${head}steps:\n  - expect: { visible: true }\n`,
    [expect.stringMatching(/^story\.yaml:6:5: found .*: expected one of clip, owner, doorbell/)],
  ],
  [
    'a value of the wrong type inside an expectation',
    `${head}steps:\n  - expect:\n      clip: visit\n      visible: yes please\n`,
    [expect.stringMatching(/^story\.yaml:8:7: found "yes please": .*expected boolean/)],
  ],
  [
    'a profile that does not exist',
    `profile: ring-2020\n${head}steps:\n  - advance: 1d\n`,
    [expect.stringMatching(/^story\.yaml:1:1: found "ring-2020": .*"ring-2019"/)],
  ],
  [
    'a step written twice over as YAML does not allow',
    `${head}accounts: [bob]\nsteps:\n  - advance: 1d\n`,
    [expect.stringMatching(/^story\.yaml:5:1: found what is not YAML: Map keys must be unique/)],
  ],
  ['something that is no map', '- a\n- b\n', [expect.stringMatching(/^story\.yaml:1:1: found/)]],
  ['nothing', '', [expect.stringMatching(/^story\.yaml:1:1: found/)]],
  [
    'a time that does not exist',
    `${head}steps:\n  - advance-to: 2026-02-30T25:00:00Z\n`,
    ['story.yaml:6:5: found "2026-02-30T25:00:00Z": there is no such time'],
  ],
];

test.each(wrong)(
  '%s is named with its line, what was found and what is allowed',
  (_, text, told) => {
    expect(problems(text)).toEqual(told);
  },
);

test('every fault of a file is told at once', () => {
  const text = `${head}steps:\n  - advance: soon\n  - expect: {}\n  - forget: it\n`;
  expect(problems(text).map((line) => line.split(':')[1])).toEqual(['6', '7', '8']);
});

test('a file that nobody can have written by hand is refused unread', () => {
  expect(problems('x'.repeat(200_001))).toEqual([
    'story.yaml:1:1: found 200001 characters: expected at most 200000',
  ]);
});

test('a file that multiplies itself by aliases is refused, not unfolded', () => {
  const bomb = 'a: &a [x, x]\nb: &b [*a, *a]\nscenario: *b\n';
  expect(problems(bomb)).toEqual([
    expect.stringMatching(/^story\.yaml:2:8: found \*a: expected it written out/),
    expect.stringMatching(/^story\.yaml:2:12: found \*a/),
    expect.stringMatching(/^story\.yaml:3:11: found \*b/),
  ]);
});
