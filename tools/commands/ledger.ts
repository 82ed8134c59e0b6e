/** `doorbell ledger ...`: the record for courts, shown, signed, proved, exported and checked. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { LedgerFilesError, writeLedgerFiles } from '../../cloud-stub/backends/ledger-files.ts';
import { readNote } from '../../cloud-stub/backends/ledger-files-reader.ts';
import {
  checkInclusion,
  type InclusionProof,
  inclusionProofSchema,
  tlogProofText,
} from '../../cloud-stub/custody/ledger-proof.ts';
import { verifierKey } from '../../cloud-stub/custody/signed-note.ts';
import {
  CheckpointKeyError,
  type Checkpoints,
  makeCheckpoints,
} from '../../cloud-stub/services/ledger/checkpoints.ts';
import {
  type LedgerProofs,
  makeLedgerProofs,
} from '../../cloud-stub/services/ledger/ledger-proofs.ts';
import { isThingName, isUlid } from '../../device/wire/ids.ts';
import { wholeNumber } from './arguments.ts';
import { CommandFailure } from './failure.ts';
import { readKeyOfFiles, readLedgerKey } from './ledger-key.ts';
import { addLedgerShowCommand } from './ledger-show.ts';
import { readKept, verifyLedgerFiles } from './ledger-verify.ts';
import { countText, printJson } from './output.ts';
import { placesOf } from './places.ts';
import { type Records, withRecords } from './storage.ts';

type Data = { readonly data?: string };
type Json = { readonly json?: boolean };
const dataOption = ['--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)'] as const;

export function addLedgerCommand(program: Command): void {
  const ledger = program
    .command('ledger')
    .description('the record for courts: show, sign, prove, export and check it');
  addLedgerShowCommand(ledger);
  addSigningCommands(ledger);
  addProofCommands(ledger);
  addVerifyCommand(ledger);
}

/** With the key at hand, which must be the one that signed before. */
function withSigning(
  { data }: Data,
  work: (signing: {
    readonly records: Records;
    readonly checkpoints: Checkpoints;
    readonly proofs: LedgerProofs;
  }) => Promise<void>,
): Promise<void> {
  return withRecords(data, async (records) => {
    const checkpoints = makeCheckpoints(records);
    const proofs = makeLedgerProofs(records, checkpoints);
    await orFailure(() => work({ records, checkpoints, proofs }));
  });
}

function addSigningCommands(ledger: Command): void {
  ledger
    .command('checkpoint')
    .description('sign the ledger as it stands, and print the signed note')
    .option(...dataOption)
    .action((options: Data) =>
      withSigning(options, async ({ checkpoints }) => {
        const signed = await checkpoints.sign();
        if (signed === null) throw new CommandFailure('the ledger is empty: nothing to sign');
        process.stdout.write(signed.note);
      }),
    );
  ledger
    .command('export')
    .description(
      'sign the ledger and write it as files, or add what is new to those that are there',
    )
    .argument('<folder>', 'where the files shall lie')
    .option(...dataOption)
    .action((folder: string, options: Data) =>
      withSigning(options, async ({ records, checkpoints }) => {
        const signed = await checkpoints.sign();
        await writeLedgerFiles(records.catalogue.read, path.resolve(folder), checkpoints.key);
        const entries = countText(signed?.size ?? 0, 'entry', 'entries');
        console.log(`${entries}; the key: ${verifierKey(checkpoints.key)}`);
      }),
    );
}

function addProofCommands(ledger: Command): void {
  ledger
    .command('prove')
    .description('print the proof that an entry is in the ledger')
    .argument('<entry>', 'its number, from 0', wholeNumber)
    .option('--size <entries>', 'under the checkpoint of this size', wholeNumber)
    .option('--tlog', 'as c2sp.org/tlog-proof, for other software')
    .option(...dataOption)
    .action((seq: number, options: Data & { readonly size?: number; readonly tlog?: boolean }) =>
      withSigning(options, async ({ proofs }) => {
        const proof = await proofs.inclusion(seq, options.size);
        if (proof === null) throw new CommandFailure(`no such proof of entry ${seq}`);
        if (options.tlog === true) process.stdout.write(tlogProofText(proof));
        else printJson(proof);
      }),
    );
  ledger
    .command('certificate')
    .description('print the certificate that a clip was purged, as proofs')
    .argument('<clip>', 'thing/clip')
    .option(...dataOption)
    .action((name: string, options: Data) =>
      withSigning(options, async ({ proofs }) => {
        const [thing = '', clip = ''] = name.split('/');
        if (!isThingName(thing) || !isUlid(clip)) {
          throw new CommandFailure(`'${name}' names no clip: expected thing/clip`, 2);
        }
        const certificate = await proofs.disposition({ thing, clip });
        if (certificate === null) throw new CommandFailure(`${name} was not purged`);
        printJson(certificate);
      }),
    );
  ledger
    .command('check')
    .description('check a proof that `doorbell ledger prove` printed, offline')
    .argument('<proof>', 'file with the proof')
    .requiredOption('--key <key>', "the ledger's verifier key, or a file with it")
    .action(async (file: string, options: { readonly key: string }) => {
      const proof = await readProof(file);
      const checked = checkInclusion(proof, await readLedgerKey(options.key));
      if (!checked.ok) throw new CommandFailure(`the proof does not hold: ${checked.because}`);
      const { leaf, checkpoint } = checked.proven;
      console.log(
        `entry ${leaf.seq} (${leaf.kind}) is in the ledger of ${checkpoint.size} entries`,
      );
    });
}

function addVerifyCommand(ledger: Command): void {
  ledger
    .command('verify')
    .description('check every line, the chain, the tree and every checkpoint, from the files alone')
    .argument('[folder]', "the ledger's files (default: those of the data folder)")
    .option(
      '--key <key>',
      'the verifier key you trust, or a file with it (default: key.txt beside)',
    )
    .option('--against <checkpoint...>', 'checkpoints you kept from before: they must hold, too')
    .option(...dataOption)
    .option('--json', 'print JSON')
    .action(async (given: string | undefined, options: Data & Json & VerifyOptions) => {
      const folder = path.resolve(given ?? path.join(placesOf(options.data).cloud, 'ledger'));
      const key = await readKeyOfFiles(folder, options.key);
      const kept = await readKept(options.against ?? []);
      const bar = progressBar();
      const verdict = await orFailure(() => verifyLedgerFiles(folder, key, kept, bar.onLine));
      bar.stop();
      const isTrusted = options.key !== undefined;
      if (options.json === true) {
        printJson({ ...verdict, key: verifierKey(key), keyGiven: isTrusted });
      } else {
        for (const { line, because } of verdict.faults) {
          console.log(line === 0 ? because : `line ${line}: ${because}`);
        }
        const { entries, checkpoints, unsigned, root, faults } = verdict;
        const found = [
          countText(entries, 'entry', 'entries'),
          countText(checkpoints, 'checkpoint'),
          countText(faults.length, 'fault'),
        ];
        console.log(found.join(', '));
        console.log(`root ${root}`);
        if (unsigned > 0) console.log(`${unsigned} of the entries are not signed yet`);
        if (!isTrusted)
          console.log(`the key lay beside the files, compare it: ${verifierKey(key)}`);
      }
      if (!verdict.ok) throw new CommandFailure('the ledger does not hold');
    });
}

type VerifyOptions = { readonly key?: string; readonly against?: readonly string[] };

function progressBar(): { onLine(lines: number): void; stop(): void } {
  const bar = new cliProgress.SingleBar({
    format: 'ledger {value} entries',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  const isShown = process.stderr.isTTY;
  if (isShown) bar.start(0, 0);
  return {
    onLine: (lines) => {
      if (isShown && lines % 1000 === 0) bar.update(lines);
    },
    stop: () => {
      if (isShown) bar.stop();
    },
  };
}

async function readProof(file: string): Promise<InclusionProof> {
  if (!existsSync(file)) throw new CommandFailure(`there is no ${file}`, 2);
  try {
    return inclusionProofSchema.parse(JSON.parse(await readNote(file)));
  } catch (error) {
    throw new CommandFailure(`${file} is not a proof`, 2, { cause: error });
  }
}

async function orFailure<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LedgerFilesError || error instanceof CheckpointKeyError) {
      throw new CommandFailure(error.message, 1, { cause: error });
    }
    throw error;
  }
}
