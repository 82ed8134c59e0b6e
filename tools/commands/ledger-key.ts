/** The key that verifies a ledger, as given on the command line. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readNote } from '../../cloud-stub/backends/ledger-files-reader.ts';
import { type NoteKey, readVerifierKey } from '../../cloud-stub/custody/signed-note.ts';
import { CommandFailure } from './failure.ts';

export async function readLedgerKey(keyOrFile: string): Promise<NoteKey> {
  const text = existsSync(keyOrFile) ? await readNote(keyOrFile) : keyOrFile;
  const key = readVerifierKey(text);
  if (key === null) {
    throw new CommandFailure(`'${keyOrFile}' is neither a verifier key nor a file with one`, 2);
  }
  return key;
}

/** Of the files in `folder`: the key that is `given`, else the one beside them. */
export async function readKeyOfFiles(folder: string, given: string | undefined): Promise<NoteKey> {
  const beside = path.join(folder, 'key.txt');
  if (given === undefined && !existsSync(beside)) {
    const when = 'a cloud writes it there when it starts, each hour and when it stops';
    throw new CommandFailure(`no ledger in ${folder}: ${when}`, 2);
  }
  return readLedgerKey(given ?? beside);
}
