import { expect, test } from 'vitest';
import { junitXml } from '../../../tools/scenario/junit-report.ts';
import type { Verdict } from '../../../tools/scenario/scenario-run.ts';
import { summaryText, verdictText } from '../../../tools/scenario/text-report.ts';

const passed: Verdict & { readonly realMs: number } = {
  file: 'a.yaml',
  scenario: 'A fact',
  rules: ['RET-1'],
  profile: 'ring-2019',
  seed: '1',
  outcome: 'passed',
  findings: [],
  steps: 3,
  ledgerRoot: null,
  virtualMs: 61 * 86_400_000,
  realMs: 1234,
};
const failed = {
  ...passed,
  file: 'b.yaml',
  scenario: 'Less < more & "so" on\u0007',
  outcome: 'failed' as const,
  findings: [{ line: 7, column: 9, step: 'expect', expected: 'visible: true', found: 'false' }],
};
const mistaken = { ...failed, file: 'c.yaml', outcome: 'mistake' as const };
const skipped = { ...passed, file: 'd.yaml', outcome: 'skipped' as const };

const named = 'name="Less &lt; more &amp; &quot;so&quot; on\ufffd"';
const said = 'expect: expected visible: true, found false';

test('JUnit has a case for each scenario, with where it failed, and is well formed', () => {
  expect(junitXml([passed, failed, mistaken, skipped]).split('\n')).toEqual([
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="doorbell scenarios" tests="4" failures="1" errors="1" skipped="1" time="4.936">',
    '  <testsuite name="doorbell scenarios" tests="4" failures="1" errors="1" skipped="1" time="4.936">',
    '    <testcase name="A fact" classname="a.yaml [ring-2019]" file="a.yaml" time="1.234"/>',
    `    <testcase ${named} classname="b.yaml [ring-2019]" file="b.yaml" time="1.234">`,
    `      <failure message="${said}">b.yaml:7:9 ${said}</failure>`,
    '    </testcase>',
    `    <testcase ${named} classname="c.yaml [ring-2019]" file="c.yaml" time="1.234">`,
    `      <error message="${said}">c.yaml:7:9 ${said}</error>`,
    '    </testcase>',
    '    <testcase name="A fact" classname="d.yaml [ring-2019]" file="d.yaml" time="1.234"><skipped/></testcase>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ]);
});

test('a verdict is a line, and under it what was expected where, and what was found', () => {
  expect(verdictText(passed, false)).toBe('✓ A fact (3 steps, 61d)');
  expect(verdictText({ ...failed, scenario: 'Another' }, false)).toBe(
    [
      '✗ Another (3 steps, 61d)',
      '    b.yaml:7:9 expect',
      '      expected  visible: true',
      '      found     false',
    ].join('\n'),
  );
  expect(verdictText(skipped, false)).toBe('- A fact (made for another profile than ring-2019)');
  expect(summaryText([passed, failed, mistaken, skipped], 4936)).toBe(
    '4 scenarios, 1 passed, 1 failed, 1 for another profile, 1 cannot be run as written in 4.9 s',
  );
});
