import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bagPaths, clipPaths } from '../../../cloud-stub/legal/export-manifest.ts';
import { commandMark } from '../../../cloud-stub/legal/export-readme.ts';
import { copyOf } from '../../support/cloud/bag-copies.ts';
import { openExportOffice, sealedBag } from '../../support/cloud/export-office.ts';
import { findProgram } from '../../support/requirement.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const stock = findProgram('openssl') !== null && findProgram('sha256sum') !== null;
const hasBagit = spawnSync('sh', ['-c', 'command -v bagit.py']).status === 0;

const clip = '01J00000000000000000000001';

type Command = { readonly command: string; readonly prints: string };

/** As they stand in the file, each with what it is said to print. */
function commandsOf(bag: string): readonly Command[] {
  const lines = readFileSync(join(bag, bagPaths.readme), 'utf8').split('\n');
  return lines.flatMap((line, at) =>
    line.startsWith(commandMark)
      ? [{ command: line.slice(commandMark.length), prints: (lines[at + 1] ?? '').trim() }]
      : [],
  );
}

function run(bag: string, command: string): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: bag,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return { ok: status === 0, output: stdout + stderr };
}

const isBagit = ({ command }: Command): boolean => command.startsWith('bagit.py');

describe.skipIf(!stock)('the commands of README-VERIFY.txt, exactly as printed [EXP-2]', () => {
  test('do what it says, with the tools of this machine', async () => {
    const folder = temporaryFolder();
    const bag = await sealedBag(folder, await openExportOffice(folder));
    const commands = commandsOf(bag).filter((each) => !isBagit(each));
    expect(commands.map(({ command }) => command.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['sha256sum -c', 'sha256sum -c', '{ cut', 'openssl cms', 'openssl pkcs7'],
      ...['openssl ts', 'openssl ts', 'openssl x509', 'openssl dgst', 'n=1; for'],
      ...['openssl cms', 'openssl ts'],
    ]);
    for (const { command, prints } of commands) {
      const { ok, output } = run(bag, command);
      expect(ok, `${command}\n${output}`).toBe(true);
      if (prints.startsWith('prints nothing')) expect(output, command).toBe('');
      else if (/^(CMS|Verif)/.test(prints)) expect(output, command).toContain(prints);
    }
    const printed = (part: string): string =>
      run(bag, commands.find(({ command }) => command.includes(part))?.command ?? '').output;
    // In the order of their encodings, which differs from seal to seal.
    const roles = [...printed('pkcs7').matchAll(/OU ?= ?(\w+)/g)].map(([, role]) => role);
    expect(roles.sort()).toEqual(['approver', 'custodian']);
    const signed = readFileSync(join(bag, clipPaths(clip).signedByDevice), 'utf8');
    expect(printed('tail -c')).toBe(`${JSON.parse(signed)[1].root}  -\n`);
  });

  test('find what was altered, added, or sealed by another', async () => {
    const folder = temporaryFolder();
    const bag = await sealedBag(folder, await openExportOffice(folder));
    const [payload, tags, difference, cms, , ts, , , dgst] = commandsOf(bag);
    const rows = [
      [payload, 'data/answer.json'],
      [tags, bagPaths.report],
      [cms, bagPaths.tagManifest],
      [ts, bagPaths.seal],
      [dgst, clipPaths(clip).signedByDevice],
    ] as const;
    for (const [command, path] of rows) {
      const copy = copyOf(bag, '');
      copy.flip(path);
      expect(run(copy.folder, command?.command ?? '').ok, path).toBe(false);
    }
    const copy = copyOf(bag, '');
    copy.write('data/added.txt', 'x');
    expect(run(copy.folder, difference?.command ?? '').output).toBe('data/added.txt\n');
  });

  test.skipIf(!hasBagit)('bagit-python finds the bag valid', async () => {
    const folder = temporaryFolder();
    const bag = await sealedBag(folder, await openExportOffice(folder));
    for (const { command } of commandsOf(bag).filter(isBagit)) {
      expect(run(bag, command)).toMatchObject({ ok: true });
    }
  });
});

test('doorbell verify: 0 for a valid bag, 1 for one that is not, 2 for what is none [EXP-3]', async () => {
  const folder = temporaryFolder();
  const bag = await sealedBag(folder, await openExportOffice(folder));
  const verify = (...of: readonly string[]) =>
    spawnSync(process.execPath, [doorbell, 'verify', ...of], { encoding: 'utf8' });
  const good = verify('--trust', join(bag, bagPaths.root), '--json', bag);
  expect(JSON.parse(good.stdout)).toMatchObject({ valid: true, seal: { trust: 'given' } });
  expect(good.status).toBe(0);
  expect(verify(bag)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('SELF-ASSERTED'),
  });
  const copy = copyOf(bag, '');
  copy.flip(bagPaths.answer);
  expect(verify(copy.folder)).toMatchObject({
    status: 1,
    stdout: expect.stringContaining(`${bagPaths.answer} is not what was sealed`),
    stderr: expect.stringContaining('do not rely on it'),
  });
  expect(verify(join(folder, 'nowhere'))).toMatchObject({ status: 2 });
  expect(verify('--trust', join(bag, 'bagit.txt'), bag)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('there is no certificate in'),
  });
});

const doorbell = fileURLToPath(new URL('../../../tools/doorbell.ts', import.meta.url));
