import {
  appendFile,
  cp,
  readdir,
  readFile,
  rename,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openMemoryIdentityKeys } from '../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import { LedgerFilesError, writeLedgerFiles } from '../../../cloud-stub/backends/ledger-files.ts';
import { openMemoryLedgerSigner } from '../../../cloud-stub/backends/ledger-key.ts';
import { openMemoryCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import type { NoteKey } from '../../../cloud-stub/custody/signed-note.ts';
import { writeNote } from '../../../cloud-stub/custody/signed-note.ts';
import { makeCheckpoints } from '../../../cloud-stub/services/ledger/checkpoints.ts';
import { verifyLedgerFiles } from '../../../tools/commands/ledger-verify.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import { clipNumbered, seededEntropy } from '../../support/cloud/clip-samples.ts';
import { permanentFolder } from '../../support/permanent-folder.ts';
import { standingClock } from '../../support/standing-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const log = permanentFolder();
const signer = openMemoryLedgerSigner(seededEntropy('ledger'));
const key: NoteKey = { name: signer.name, publicKey: signer.publicKey };
const stranger = openMemoryLedgerSigner(seededEntropy('stranger'));
const perFile = 5;

/** Entries 0 to 11, signed at 3, 5, 9 and 12, in files of five lines. */
async function makeLedger(folder: string, text: string): Promise<void> {
  const catalogue = openMemoryCatalogue();
  const ledger = openSqlLedger(openMemoryIdentityKeys(seededEntropy('identities')));
  const clock = standingClock(newYear);
  const checkpoints = makeCheckpoints({ catalogue, clock, ledger, ledgerSigner: signer });
  for (let n = 0; n < 12; n++) {
    await catalogue.write((tx) =>
      ledger.append(tx, {
        kind: 'clip-viewed',
        at: newYear,
        actor: 'test',
        ...clipNumbered(n),
        facts: { n, text },
      }),
    );
    if ([3, 5, 9, 12].includes(n + 1)) {
      await checkpoints.sign();
      // As a running cloud does: what is new, after each signature.
      await writeLedgerFiles(catalogue.read, folder, key, perFile);
    }
  }
  await catalogue.close();
}

beforeAll(() => makeLedger(join(log, 'made'), 'as it was'));

async function copyOf(name = 'made'): Promise<string> {
  const folder = join(temporaryFolder(), 'ledger');
  await cp(join(log, name), folder, { recursive: true });
  return folder;
}

const file = (folder: string, n: number): string =>
  join(folder, 'entries', `${String(n * perFile).padStart(12, '0')}.jsonl`);
const note = (folder: string, size: number): string =>
  join(folder, 'checkpoints', `${String(size).padStart(12, '0')}.txt`);

async function edit(path: string, change: (lines: string[]) => readonly string[]): Promise<void> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  await writeFile(
    path,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}
const swap = async (a: string, b: string): Promise<void> => {
  await rename(a, `${a}.away`);
  await rename(b, a);
  await rename(`${a}.away`, b);
};

test('the files of a cloud hold: every line, the chain, the tree and all checkpoints', async () => {
  const folder = await copyOf();
  expect((await readdir(join(folder, 'entries'))).length).toBe(3);
  expect(await verifyLedgerFiles(folder, key)).toEqual({
    ok: true,
    entries: 12,
    checkpoints: 4,
    unsigned: 0,
    root: expect.any(String) as string,
    faults: [],
  });
});

describe('found wrong [LOG-1] is', () => {
  test.each<[string, (folder: string) => Promise<void>, RegExp]>([
    [
      'an edited line',
      (folder) => edit(file(folder, 0), (lines) => lines.map((l) => l.replace('"n":1', '"n":7'))),
      /^3: entry 2 does not name the entry before it$/m,
    ],
    [
      'an edited last line, by its checkpoint',
      (folder) => edit(file(folder, 2), (lines) => lines.map((l) => l.replace('"n":11', '"n":7'))),
      /^0: checkpoint of 12 entries: its root is not that/m,
    ],
    [
      'a dropped line',
      (folder) => edit(file(folder, 1), (lines) => lines.toSpliced(1, 1)),
      /^7: entries 6 to 6 are missing$/m,
    ],
    ['a dropped file', (folder) => unlink(file(folder, 1)), /^6: entries 5 to 9 are missing$/m],
    [
      'two lines in the wrong order',
      (folder) => edit(file(folder, 0), ([a = '', b = '', ...rest]) => [b, a, ...rest]),
      /^1: entries 0 to 0 are missing$/m,
    ],
    ['two files in the wrong order', (folder) => swap(file(folder, 0), file(folder, 1)), /missing/],
    [
      'a line twice',
      (folder) => edit(file(folder, 0), ([a = '', ...rest]) => [a, a, ...rest]),
      /^2: entry 0 stands where entry 1 belongs$/m,
    ],
    [
      'lines cut off at the end',
      (folder) => edit(file(folder, 2), (lines) => lines.slice(0, 1)),
      /^0: checkpoint of 12 entries: the lines end at 11$/m,
    ],
    ['a torn line', (folder) => truncate(file(folder, 2), 100), /^11: entry 10: it is not JSON$/m],
    [
      'a line in another form',
      (folder) =>
        edit(file(folder, 0), (lines) => lines.map((l) => l.replace('{"actor"', '{ "actor"'))),
      /^1: entry 0: it is not in canonical form$/m,
    ],
    [
      'an empty line',
      (folder) => appendFile(file(folder, 2), '\n'),
      /^13: entry 12: it is not JSON$/m,
    ],
    [
      'two checkpoints in place of each other',
      (folder) => swap(note(folder, 5), note(folder, 9)),
      /^0: checkpoint of 5 entries: it says 9\n0: checkpoint of 9 entries: it says 5$/m,
    ],
    [
      'an edited checkpoint',
      async (folder) =>
        writeFile(
          note(folder, 9),
          (await readFile(note(folder, 9), 'utf8')).replace('\n9\n', '\n8\n'),
        ),
      /^0: checkpoint of 9 entries: its signature by .* does not verify$/m,
    ],
    [
      'a checkpoint of another signer',
      async (folder) => {
        const text = `${(await readFile(note(folder, 9), 'utf8')).split('\n\n')[0]}\n`;
        const strange = { name: stranger.name, publicKey: stranger.publicKey };
        const signature = await stranger.sign(Buffer.from(text));
        await writeFile(note(folder, 9), writeNote(text, strange, signature));
      },
      /^0: checkpoint of 9 entries: it is not signed by the key of/m,
    ],
  ])('%s', async (_title, tamper, because) => {
    const folder = await copyOf();
    await tamper(folder);
    const { ok, faults } = await verifyLedgerFiles(folder, key);
    expect(ok).toBe(false);
    expect(faults.map((fault) => `${fault.line}: ${fault.because}`).join('\n')).toMatch(because);
  });

  test('everything under a key that is not the one you trust', async () => {
    const { publicKey, name } = stranger;
    const { ok, faults } = await verifyLedgerFiles(await copyOf(), { publicKey, name });
    expect([ok, faults.length]).toEqual([false, 4]);
  });

  test('a file that does not belong there', async () => {
    const folder = await copyOf();
    await writeFile(join(folder, 'entries', 'more.jsonl'), '');
    await expect(verifyLedgerFiles(folder, key)).rejects.toThrow(LedgerFilesError);
  });
});

test('a history written anew by who has the key, or cut off, shows only against a kept checkpoint', async () => {
  const kept = await readFile(note(join(log, 'made'), 9), 'utf8');
  await makeLedger(join(log, 'anew'), 'as it should have been');
  const anew = await copyOf('anew');
  expect((await verifyLedgerFiles(anew, key)).ok).toBe(true);
  expect((await verifyLedgerFiles(anew, key, [kept])).faults).toEqual([
    { line: 0, because: expect.stringMatching(/^checkpoint of 9 entries: its root/) as string },
  ]);

  const short = await copyOf();
  await edit(file(short, 1), (lines) => lines.slice(0, 0));
  await unlink(file(short, 2));
  for (const size of [9, 12]) await unlink(note(short, size));
  expect((await verifyLedgerFiles(short, key)).ok).toBe(true);
  expect((await verifyLedgerFiles(short, key, [kept])).faults).toEqual([
    { line: 0, because: 'checkpoint of 9 entries: the lines end at 5' },
  ]);
  expect((await verifyLedgerFiles(await copyOf(), key, [kept])).ok).toBe(true);
});

test('entries that no checkpoint covers are told', async () => {
  const folder = await copyOf();
  await unlink(note(folder, 12));
  expect(await verifyLedgerFiles(folder, key)).toMatchObject({ ok: true, unsigned: 3 });
});

test('writing goes on after a torn line, and refuses the files of another ledger', async () => {
  const folder = await copyOf();
  await truncate(file(folder, 2), 100);
  await unlink(note(folder, 12));
  await makeLedger(folder, 'as it was');
  expect((await verifyLedgerFiles(folder, key)).ok).toBe(true);
  await expect(makeLedger(folder, 'of another')).rejects.toThrow(/not that of this ledger/);
});
