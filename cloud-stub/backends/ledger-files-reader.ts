/** Reads the ledger's files, whoever wrote them: line by line, in memory of one line. */
import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LedgerFilesError } from './ledger-files.ts';

/** No entry is nearly as long; a file without line feeds must not fill the memory. */
const lineBytesMax = 4 * 1024 * 1024;
const noteBytesMax = 1024 * 1024;
const lineFeed = 0x0a;

/** The lines of all files in order, without their line feeds. Throws LedgerFilesError. */
export async function* ledgerLines(folder: string): AsyncIterable<Uint8Array> {
  for (const name of await names(join(folder, 'entries'), '.jsonl')) {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(join(folder, 'entries', name))) {
      rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
      let from = 0;
      for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed, from)) {
        yield rest.subarray(from, end);
        from = end + 1;
      }
      rest = rest.subarray(from);
      if (rest.length > lineBytesMax)
        throw new LedgerFilesError(folder, `${name} has endless lines`);
    }
    // What was torn is a line all the same, or it would be lost without a word.
    if (rest.length > 0) yield rest;
  }
}

export type CheckpointFile = { readonly size: number; readonly note: string };

/** In the order of the sizes that their names give. Throws LedgerFilesError. */
export async function* checkpointFiles(folder: string): AsyncIterable<CheckpointFile> {
  for (const name of await names(join(folder, 'checkpoints'), '.txt')) {
    const note = await readNote(join(folder, 'checkpoints', name));
    yield { size: Number(name.slice(0, -'.txt'.length)), note };
  }
}

/** A note, or any other small text. Throws LedgerFilesError when it is none. */
export async function readNote(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > noteBytesMax) throw new LedgerFilesError(path, 'it is too long for a note');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function names(folder: string, ending: string): Promise<readonly string[]> {
  let found: string[];
  try {
    found = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new LedgerFilesError(folder, 'there is no such folder');
    }
    throw error;
  }
  const stranger = found.find(
    (name) => !/^\d{12}$/.test(name.slice(0, -ending.length)) || !name.endsWith(ending),
  );
  if (stranger !== undefined)
    throw new LedgerFilesError(folder, `'${stranger}' does not belong there`);
  return found.sort();
}
