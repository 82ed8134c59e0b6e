import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { cryptoEntropy } from '../../../cloud-stub/backends/crypto-entropy.ts';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { identityKeysIn } from '../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import { openCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import { clipNumbered } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const run = promisify(execFile);
const launcher = join(import.meta.dirname, '../../../tools/doorbell.mjs');

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };
async function doorbell(data: string, ...argv: readonly string[]): Promise<Ran> {
  const env = { ...process.env, DOORBELL_DATA: data };
  try {
    return { code: 0, ...(await run(process.execPath, [launcher, ...argv], { env })) };
  } catch (error) {
    return error as Ran;
  }
}

/** A data folder as a cloud leaves it: five entries, the last two the end of a clip. */
async function dataOfCloud(): Promise<string> {
  const data = temporaryFolder();
  const identities = await openFileKeyVault({
    folder: join(data, 'cloud', 'identities'),
    masterKeyPath: join(data, 'secrets', 'master.key'),
    entropy: cryptoEntropy,
  });
  const ledger = openSqlLedger(identityKeysIn(identities));
  const catalogue = openCatalogue(join(data, 'cloud', 'catalogue.sqlite'));
  const kinds = ['clip-opened', 'clip-stored', 'clip-viewed', 'purge-intended', 'purged'] as const;
  for (const kind of kinds) {
    const what = { kind, at: newYear, actor: 'test', ...clipNumbered(1), facts: {} };
    await catalogue.write((tx) => ledger.append(tx, what));
  }
  await catalogue.close();
  return data;
}

describe('doorbell ledger', () => {
  test('exports what it then verifies, and tells with exit code 1 what does not hold', async () => {
    const data = await dataOfCloud();
    const files = join(data, 'files');
    expect(await doorbell(data, 'ledger', 'export', files)).toMatchObject({ code: 0 });
    const kept = join(data, 'kept.txt');
    await writeFile(kept, (await doorbell(data, 'ledger', 'checkpoint')).stdout);

    const good = await doorbell(data, 'ledger', 'verify', files, '--json', '--against', kept);
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({
      ok: true,
      entries: 5,
      checkpoints: 2,
      keyGiven: false,
    });
    const shown = await doorbell(data, 'ledger', 'verify', files);
    expect(shown.stdout).toMatch(/^5 entries, 1 checkpoint, 0 faults$/m);
    await appendFile(join(files, 'entries', '000000000000.jsonl'), '{}\n');
    const bad = await doorbell(data, 'ledger', 'verify', files);
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.stdout).toMatch(/^line 6: entry 5: /m);
    expect(bad.stderr).toBe('doorbell: the ledger does not hold\n');
    expect(await doorbell(data, 'ledger', 'verify', data)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`no ledger in ${data}: `) as string,
    });
  });

  test('proves an entry to whoever has the key, and certifies a purge [RET-6]', async () => {
    const data = await dataOfCloud();
    const files = join(data, 'files');
    await doorbell(data, 'ledger', 'export', files);
    const key = join(files, 'key.txt');
    const proof = join(data, 'proof.json');
    await writeFile(proof, (await doorbell(data, 'ledger', 'prove', '3')).stdout);
    const held = await doorbell(data, 'ledger', 'check', proof, '--key', key);
    expect(held.stdout).toBe('entry 3 (purge-intended) is in the ledger of 5 entries\n');
    await writeFile(proof, (await readFile(proof, 'utf8')).replace('"seq": 3', '"seq": 2'));
    expect(await doorbell(data, 'ledger', 'check', proof, '--key', key)).toMatchObject({ code: 1 });
    expect(await doorbell(data, 'ledger', 'prove', '5')).toMatchObject({ code: 1 });

    const { thing, clip } = clipNumbered(1);
    const shown = await doorbell(data, 'ledger', 'certificate', `${thing}/${clip}`);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      thing,
      clip,
      intended: { seq: 3 },
      purged: { seq: 4 },
    });
    const none = `${thing}/${clipNumbered(2).clip}`;
    expect(await doorbell(data, 'ledger', 'certificate', none)).toMatchObject({ code: 1 });
  });

  test('shows entries as a table, and as the lines that are hashed', async () => {
    const data = await dataOfCloud();
    const table = await doorbell(data, 'ledger', 'show', '--kind', 'purged');
    expect(table.stdout).toMatch(/^ +4 .*purged/m);
    const lines = await doorbell(data, 'ledger', 'show', '--lines', '--from', '3');
    expect(
      lines.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { seq: 3, kind: 'purge-intended' },
      { seq: 4, kind: 'purged' },
    ]);
  });

  test('does not sign under another key than before', async () => {
    const data = await dataOfCloud();
    await doorbell(data, 'ledger', 'checkpoint');
    await writeFile(join(data, 'secrets', 'ledger.key'), 'not a key');
    expect(await doorbell(data, 'ledger', 'checkpoint')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is no private key in PEM') as string,
    });
  });
});
