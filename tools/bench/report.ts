/** A bench's results as lines for people. */
import type { Bar, BenchResult, Figure, Unit } from './figures.ts';

export function describeResult(result: BenchResult): readonly string[] {
  const { name, figure, beside, baseline, ratio, bar, passed } = result;
  const lines = [`${name.padEnd(18)} ${figure.what}: ${shown(figure)}`];
  const more = (text: string): void => void lines.push(`${' '.repeat(18)} ${text}`);
  for (const other of beside) more(`${other.what}: ${shown(other)}`);
  if (baseline !== null) more(`baseline, ${baseline.what}: ${shown(baseline)}`);
  if (ratio !== null) more(`ratio to the baseline: ${ratio.toFixed(3)}`);
  if (bar !== null) more(`${passed === true ? 'pass' : 'MISS'}: ${demand(bar, figure.unit)}`);
  return lines;
}

const shown = ({ value, unit }: Figure): string =>
  unit === 'count' ? String(value) : `${rounded(value)} ${unit}`;

const demand = ({ on, must, limit, aim }: Bar, unit: Unit): string => {
  const what = on === 'ratio' ? 'the ratio' : 'the figure';
  const goal = aim === undefined ? '' : `, aim ${aim}`;
  return `${what} must ${must} ${limit}${on === 'value' ? ` ${unit}` : ''}${goal}`;
};

/** Three digits that mean something. */
const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
