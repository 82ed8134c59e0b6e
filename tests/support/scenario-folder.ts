/** The scenarios that ship, and what the table in their README says of them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cellOf, cellsIn } from '../../tools/scenario/profile-table.ts';
import { readScenario, type ScenarioFile } from '../../tools/scenario/scenario-file.ts';
import { runScenario } from '../../tools/scenario/scenario-run.ts';
import type { ProfileName } from '../../tools/scenario/scenario-schema.ts';

const folder = path.join(import.meta.dirname, '../../fixtures/scenarios');

export const shippedScenarios = (): readonly ScenarioFile[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => readScenario(name, readFileSync(path.join(folder, name), 'utf8')));

export const shippedReadme = (): string => readFileSync(path.join(folder, 'README.md'), 'utf8');

/** One test for each scenario: under this profile it comes to what the table says. */
export function testColumn(profile: ProfileName): void {
  const cells = cellsIn(shippedReadme(), profile);
  test.each(shippedScenarios())(
    `under ${profile} it comes to what the table says: $file`,
    async (scenario) => {
      const verdict = await runScenario(scenario, { profile });
      expect({ cell: cellOf(verdict), findings: verdict.findings }).toEqual({
        cell: cells.get(scenario.file),
        findings: verdict.findings,
      });
    },
  );
}
