/** The key that verifies a ledger, as given on the command line. */
import { existsSync } from 'node:fs';
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
