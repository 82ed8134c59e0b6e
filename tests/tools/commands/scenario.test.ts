import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../../tools/doorbell.mjs', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'doorbell-scenarios-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const head = 'scenario: A fact\naccounts: [alice]\nsteps:\n';

/** What the command says and ends with. */
async function scenario(...argv: readonly string[]) {
  try {
    const { stdout, stderr } = await run(process.execPath, [launcher, 'scenario', ...argv], {
      cwd: folder,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}
const file = (name: string, text: string): string => {
  writeFileSync(path.join(folder, name), text);
  return name;
};

describe('doorbell scenario', () => {
  const good = file('good.yaml', `${head}  - expect: { owner: alice, sees: [] }\n`);
  const bad = file('bad.yaml', `${head}  - expect: { ledger: purged }\n`);
  const wrong = file('wrong.yaml', `${head}  - expect: { ledger: purgd }\n`);
  const foolish = file('foolish.yaml', `${head}  - delete: visit\n`);

  it('ends with 0 where all hold, and writes what came out as JSON and JUnit', async () => {
    const { code, stdout } = await scenario('run', good, '--json', '--junit', 'junit.xml');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      verdicts: [{ file: 'good.yaml', outcome: 'passed', profile: 'ring-2019', findings: [] }],
    });
    expect(readFileSync(path.join(folder, 'junit.xml'), 'utf8')).toContain(
      'tests="1" failures="0"',
    );
  });

  it('ends with 1 where one does not hold, and says where', async () => {
    const { code, stdout, stderr } = await scenario('run', good, bad);
    expect(code).toBe(1);
    expect(stdout).toContain('    bad.yaml:4:15 expect\n      expected  purged at least once\n');
    expect(stderr).toBe('doorbell: 1 of 2 scenarios failed\n');
  });

  it('ends with 2 where a file is no scenario, before any runs', async () => {
    const { code, stdout, stderr } = await scenario('run', good, wrong);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('doorbell: wrong.yaml:4:15: found "purgd": ');
  });

  it('ends with 2 where a scenario asks for what makes no sense', async () => {
    const { code, stdout } = await scenario('run', foolish);
    expect(code).toBe(2);
    expect(stdout).toContain('there is no clip visit');
  });

  it('ends with 2 where there is no such file, profile or option', async () => {
    expect((await scenario('run', 'none.yaml')).code).toBe(2);
    expect((await scenario('run', good, '--profile', 'ring-2020')).code).toBe(2);
    expect((await scenario('run', good, '--sed', '2')).code).toBe(2);
  });

  it('prints a JSON Schema that names every step', async () => {
    const { code, stdout } = await scenario('schema');
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as {
      readonly properties: { readonly steps: { readonly items: { readonly anyOf: unknown[] } } };
    };
    expect(schema).toMatchObject({ title: 'doorbell scenario', type: 'object' });
    expect(schema.properties.steps.items.anyOf.length).toBeGreaterThan(25);
  });
});
