/** `doorbell capabilities`: what this cloud cannot do, searched for, stated and signed. [CAP-1] */
import type { Command } from 'commander';
import { readNote } from '../../cloud-stub/backends/ledger-files-reader.ts';
import { openNote, writeNote } from '../../cloud-stub/custody/signed-note.ts';
import { capabilityStatement, suspects } from '../../cloud-stub/legal/capabilities.ts';
import { searchCapabilities } from './capabilities-search.ts';
import { CommandFailure } from './failure.ts';
import { readLedgerKey } from './ledger-key.ts';
import { type Records, withRecords } from './storage.ts';
import { version } from './version.ts';

type Options = { readonly data?: string; readonly check?: string; readonly key?: string };

export function addCapabilitiesCommand(program: Command): void {
  program
    .command('capabilities')
    .description('state and sign what this cloud cannot do: no faces, no biometrics, no live view')
    .option('--check <statement>', 'compare a signed statement with this checkout and its records')
    .option('--key <key>', 'with --check: the verifier key you trust (default: this cloud’s own)')
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .action((options: Options) =>
      withRecords(options.data, async (records) => {
        const text = await statementOf(records);
        if (options.check === undefined) {
          const signature = await records.ledgerSigner.sign(Buffer.from(text));
          process.stdout.write(writeNote(text, records.ledgerSigner, signature));
        } else await check(options.check, text, records, options.key);
      }),
    );
}

/** Throws when something sounds like what the statement denies. */
async function statementOf({ catalogue, ledgerSigner }: Records): Promise<string> {
  const searched = await searchCapabilities(catalogue.read);
  const found = suspects(searched);
  if (found.length > 0) {
    throw new CommandFailure(`this cannot be stated: there is ${found.join(', ')}`);
  }
  return capabilityStatement({ origin: ledgerSigner.name, version }, searched);
}

async function check(
  file: string,
  text: string,
  records: Records,
  keyText: string | undefined,
): Promise<void> {
  const key = keyText === undefined ? records.ledgerSigner : await readLedgerKey(keyText);
  const opened = openNote(await readNote(file), key);
  if (!opened.ok) throw new CommandFailure(`the statement does not hold: ${opened.because}`);
  if (opened.text !== text) {
    throw new CommandFailure('the statement is of another version, or of other records');
  }
  console.log('the statement is signed, and true of this checkout and its records');
}
