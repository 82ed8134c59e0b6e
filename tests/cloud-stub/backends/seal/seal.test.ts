import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cmsSealer } from '../../../../cloud-stub/backends/seal/cms-sealer.ts';
import { openOfficeKeys } from '../../../../cloud-stub/backends/seal/office-keys.ts';
import { embeddedTimeStamper } from '../../../../cloud-stub/backends/seal/time-stamping.ts';
import { type BagSigner, SealError } from '../../../../cloud-stub/ports-sealing.ts';
import { seededEntropy } from '../../../support/cloud/clip-samples.ts';
import { filesUnder } from '../../../support/cloud/cloud-storage.ts';
import { findProgram } from '../../../support/requirement.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const openssl = findProgram('openssl');
const clock = standingClock();
const entropy = seededEntropy('seal');
const content = Buffer.from('every file of the bag\n');
const signers: readonly BagSigner[] = [
  { role: 'custodian', principal: 'cust-1', name: 'Carla Custos', title: 'Custodian of Records' },
  { role: 'approver', principal: 'appr-1', name: 'Ådam Proved', title: 'Second Approver' },
];

describe.skipIf(openssl === null)('openssl reads what is sealed [EXP-1] [EXP-2]', () => {
  test('two signatures, and a time-stamp over them', async () => {
    const folder = await sealedFolder();
    expect(run(folder, cmsVerify('content'))).toMatchObject({ ok: true });
    expect(run(folder, tsVerify('seal.p7s'))).toMatchObject({ ok: true });
    const { output } = run(folder, [
      'cms',
      '-cmsout',
      '-print',
      '-inform',
      'DER',
      '-in',
      'seal.p7s',
    ]);
    expect(output.match(/OU=\w+/g)?.sort()).toEqual(['OU=approver', 'OU=custodian']);
    const reply = run(folder, ['ts', '-reply', '-in', 'seal.tsr', '-text']).output;
    expect(reply).toContain('Time stamp: Jan 15 08:00:00 2027 GMT');
  });

  test.each([
    ['content', (folder: string) => flip(join(folder, 'content'), 3), cmsVerify('content')],
    ['the seal', (folder: string) => flip(join(folder, 'seal.p7s'), -9), cmsVerify('content')],
    [
      'the sealed seal',
      (folder: string) => flip(join(folder, 'seal.p7s'), 40),
      tsVerify('seal.p7s'),
    ],
    ['the stamp', (folder: string) => flip(join(folder, 'seal.tsr'), -9), tsVerify('seal.p7s')],
  ])('an altered byte of %s is found', async (_name, alter, command) => {
    const folder = await sealedFolder();
    alter(folder);
    expect(run(folder, command)).toMatchObject({ ok: false });
  });

  test('an office that is opened again seals with the same keys', async () => {
    const folder = temporaryFolder();
    const first = cmsSealer(await openOfficeKeys(folder));
    const chain = await first.chainPem(signers);
    const again = cmsSealer(await openOfficeKeys(folder));
    expect(await again.chainPem(signers)).toBe(chain);
    expect(await again.rootPem()).toBe(await first.rootPem());
  });

  test('nobody but its owner can read a key', async () => {
    const folder = temporaryFolder();
    const office = join(folder, 'office');
    const keys = await openOfficeKeys(office);
    await keys.stamper();
    await cmsSealer(keys).chainPem(signers);
    const files = [...filesUnder(office).keys()];
    expect(files.filter((path) => path.endsWith('key.pem'))).toHaveLength(4);
    expect(new Set(files.map((path) => statSync(path).mode & 0o777))).toEqual(new Set([0o600]));
    expect(statSync(office).mode & 0o777).toBe(0o700);
  });

  test('a lost key is told, not made anew', async () => {
    const folder = temporaryFolder();
    await openOfficeKeys(folder);
    rmSync(join(folder, 'authority', 'key.pem'));
    await expect(openOfficeKeys(folder)).rejects.toThrow(SealError);
    await expect(openOfficeKeys(folder)).rejects.toThrow('its key is missing');
  });
});

/** content, seal.p7s, seal.tsr and root.pem. */
async function sealedFolder(): Promise<string> {
  const folder = temporaryFolder();
  const keys = await openOfficeKeys(join(folder, 'office'));
  const sealer = cmsSealer(keys);
  const seal = await sealer.seal(content, signers, clock.now());
  writeFileSync(join(folder, 'content'), content);
  writeFileSync(join(folder, 'seal.p7s'), seal);
  writeFileSync(
    join(folder, 'seal.tsr'),
    await embeddedTimeStamper(keys, { clock, entropy }).stamp(seal),
  );
  writeFileSync(join(folder, 'root.pem'), await sealer.rootPem());
  return folder;
}

const cmsVerify = (name: string): readonly string[] =>
  `cms -verify -binary -inform DER -in seal.p7s -content ${name} -CAfile root.pem -out /dev/null`.split(
    ' ',
  );
const tsVerify = (name: string): readonly string[] =>
  `ts -verify -data ${name} -in seal.tsr -CAfile root.pem`.split(' ');

function run(folder: string, command: readonly string[]): { ok: boolean; output: string } {
  try {
    const output = execFileSync(openssl ?? 'openssl', command, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { ok: true, output };
  } catch (error) {
    return { ok: false, output: String(error) };
  }
}

/** From the end when `at` is negative. */
function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}
