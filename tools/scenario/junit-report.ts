/** Verdicts as JUnit XML, which continuous integration reads: a test case for each scenario. */
import type { Verdict } from './scenario-run.ts';

export function junitXml(verdicts: readonly (Verdict & { readonly realMs: number })[]): string {
  const failures = verdicts.filter(({ outcome }) => outcome === 'failed').length;
  const errors = verdicts.filter(({ outcome }) => outcome === 'mistake').length;
  const skipped = verdicts.filter(({ outcome }) => outcome === 'skipped').length;
  const totalMs = verdicts.reduce((sum, { realMs }) => sum + realMs, 0);
  const counts = [
    `tests="${verdicts.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`,
    `time="${inSeconds(totalMs)}"`,
  ].join(' ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="doorbell scenarios" ${counts}>`,
    `  <testsuite name="doorbell scenarios" ${counts}>`,
    ...verdicts.map(testCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(verdict: Verdict & { readonly realMs: number }): string {
  const { file, scenario, profile, outcome, findings, realMs } = verdict;
  const name = `name="${escaped(scenario)}" classname="${escaped(`${file} [${profile}]`)}"`;
  const open = `    <testcase ${name} file="${escaped(file)}" time="${inSeconds(realMs)}"`;
  if (outcome === 'skipped') return `${open}><skipped/></testcase>`;
  const [first] = findings;
  if (outcome === 'passed' || first === undefined) return `${open}/>`;
  const element = outcome === 'failed' ? 'failure' : 'error';
  const lines = findings.map(
    ({ line, column, step, expected, found }) =>
      `${file}:${line}:${column} ${step}: expected ${expected}, found ${found}`,
  );
  const message = `${first.step}: expected ${first.expected}, found ${first.found}`;
  return [
    `${open}>`,
    `      <${element} message="${escaped(message)}">${escaped(lines.join('\n'))}</${element}>`,
    '    </testcase>',
  ].join('\n');
}

const inSeconds = (ms: number): string => (ms / 1000).toFixed(3);

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Control characters have no place in XML 1.0 at all. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
