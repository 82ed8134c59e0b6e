/**
 * The ledger as files, a projection of the catalogue that anyone can check without this software's
 * database: `entries/<first seq>.jsonl` with one leaf a line, `checkpoints/<size>.txt` as signed
 * notes, `key.txt` to verify them. Files are only ever appended to and added.
 */
import { open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entryHash, rowLeafBytes } from '../custody/ledger-leaf.ts';
import { type NoteKey, verifierKey } from '../custody/signed-note.ts';
import type { Reading } from '../ports.ts';
import { DurableFolders, syncFolder } from './folders.ts';

/** A file that any editor opens; as many entries as this begin a new one. */
const entriesPerFile = 65_536;
const rowsPerRead = 1000;
const lineFeed = 0x0a;

/** The folder holds another ledger, or what is no ledger. */
export class LedgerFilesError extends Error {
  override readonly name = 'LedgerFilesError';
  readonly folder: string;
  constructor(folder: string, message: string) {
    super(`ledger files in ${folder}: ${message}`);
    this.folder = folder;
  }
}

const entriesFileName = (seq: number, perFile: number): string =>
  `${String(seq - (seq % perFile)).padStart(12, '0')}.jsonl`;
const checkpointFileName = (size: number): string => `${String(size).padStart(12, '0')}.txt`;

/**
 * Adds what is missing up to the newest checkpoint: first the entries, durably, then what was signed
 * about them. Torn lines of an earlier run are cut. One writer at a time. Throws LedgerFilesError.
 */
export async function writeLedgerFiles(
  read: Reading,
  folder: string,
  key: NoteKey,
  perFile = entriesPerFile,
): Promise<void> {
  const folders = new DurableFolders(folder);
  const [entries, checkpoints] = [join(folder, 'entries'), join(folder, 'checkpoints')];
  await folders.ensure(entries);
  await folders.ensure(checkpoints);
  await writeKey(folder, key);
  const { size } = await read
    .selectFrom('checkpoints')
    .select(({ fn }) => fn.max('size').as('size'))
    .executeTakeFirstOrThrow();
  if (size === null) return;
  await addEntries(read, entries, size, perFile);
  await addCheckpoints(read, checkpoints, size);
}

async function writeKey(folder: string, key: NoteKey): Promise<void> {
  const text = `${verifierKey(key)}\n`;
  const found = await readIfThere(join(folder, 'key.txt'));
  if (found === null) await writeDurably(folder, 'key.txt', text);
  else if (found !== text) throw new LedgerFilesError(folder, 'they are signed by another key');
}

async function addEntries(
  read: Reading,
  folder: string,
  size: number,
  perFile: number,
): Promise<void> {
  let seq = await linesThere(read, folder);
  while (seq < size) {
    const file = await open(join(folder, entriesFileName(seq, perFile)), 'a', 0o600);
    try {
      const end = Math.min(size, seq - (seq % perFile) + perFile);
      while (seq < end) {
        const rows = await read
          .selectFrom('ledger')
          .selectAll()
          .where('seq', '>=', seq)
          .orderBy('seq')
          .limit(Math.min(rowsPerRead, end - seq))
          .execute();
        const lines = rows.flatMap((row) => [rowLeafBytes(row), Buffer.of(lineFeed)]);
        await file.appendFile(Buffer.concat(lines));
        seq += rows.length;
        if (rows.length === 0) throw new LedgerFilesError(folder, `entry ${seq} is not there`);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await syncFolder(folder);
  }
}

/** How many entries the files hold; what was torn is cut, and they must be of this ledger. */
async function linesThere(read: Reading, folder: string): Promise<number> {
  const last = (await readdir(folder))
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .at(-1);
  if (last === undefined) return 0;
  const first = Number(last.slice(0, -'.jsonl'.length));
  const path = join(folder, last);
  const bytes = await readFile(path);
  const whole = bytes.subarray(0, bytes.lastIndexOf(lineFeed) + 1);
  if (whole.length < bytes.length) {
    const file = await open(path, 'r+');
    try {
      await file.truncate(whole.length);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  let lines = 0;
  for (let at = whole.indexOf(lineFeed); at >= 0; at = whole.indexOf(lineFeed, at + 1)) lines++;
  if (lines > 0) {
    const line = whole.subarray(whole.lastIndexOf(lineFeed, -2) + 1, -1);
    const row = await read
      .selectFrom('ledger')
      .select('hash')
      .where('seq', '=', first + lines - 1)
      .executeTakeFirst();
    if (row?.hash !== entryHash(line)) {
      throw new LedgerFilesError(folder, `entry ${first + lines - 1} is not that of this ledger`);
    }
  }
  return first + lines;
}

async function addCheckpoints(read: Reading, folder: string, size: number): Promise<void> {
  const last = (await readdir(folder))
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .at(-1);
  const rows = await read
    .selectFrom('checkpoints')
    .select(['size', 'note'])
    .where('size', '>', last === undefined ? 0 : Number(last.slice(0, -'.txt'.length)))
    .where('size', '<=', size)
    .orderBy('size')
    .execute();
  for (const row of rows) await writeDurably(folder, checkpointFileName(row.size), row.note);
}

/** Written beside, synced, renamed. */
async function writeDurably(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
  await syncFolder(folder);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
