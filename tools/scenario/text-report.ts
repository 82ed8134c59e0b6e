/** Verdicts for a reader: a line for each scenario, and under it what came out otherwise, with file and line. */
import { styleText } from 'node:util';
import { durationText } from './quantities.ts';
import type { Verdict } from './scenario-run.ts';

const marks = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  mistake: ['!', 'yellow'],
  skipped: ['-', 'gray'],
} as const;

/** `colours`: for a terminal. */
export function verdictText(verdict: Verdict, colours: boolean): string {
  const { outcome, scenario, findings, file, steps, virtualMs } = verdict;
  const [mark, colour] = marks[outcome];
  const painted = colours ? styleText(colour, mark, { validateStream: false }) : mark;
  const about =
    outcome === 'skipped'
      ? `made for another profile than ${verdict.profile}`
      : `${steps} steps, ${durationText(virtualMs)}`;
  const lines = [`${painted} ${scenario} (${about})`];
  for (const { line, column, step, expected, found } of findings) {
    lines.push(
      `    ${file}:${line}:${column} ${step}`,
      `      expected  ${expected}`,
      `      found     ${found}`,
    );
  }
  return lines.join('\n');
}

export function summaryText(verdicts: readonly Verdict[], realMs: number): string {
  const count = (outcome: Verdict['outcome']): number =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  const parts = [
    `${verdicts.length} scenarios`,
    `${count('passed')} passed`,
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
    ...(count('skipped') > 0 ? [`${count('skipped')} for another profile`] : []),
    ...(count('mistake') > 0 ? [`${count('mistake')} cannot be run as written`] : []),
  ];
  return `${parts.join(', ')} in ${(realMs / 1000).toFixed(1)} s`;
}
