/** `doorbell verify`: a bag of evidence, strictly, without the cloud that made it. */
import { readFile } from 'node:fs/promises';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { type NoteKey, readVerifierKey } from '../../cloud-stub/custody/signed-note.ts';
import { readTrust } from '../verify/certificates.ts';
import {
  type BagVerdict,
  NotAFolder,
  type VerifyOptions,
  verifyBag,
} from '../verify/verify-bag.ts';
import { CommandFailure, reasonOf } from './failure.ts';
import { byteSize, printJson } from './output.ts';

type Options = {
  readonly trust?: string;
  readonly ledgerKey?: string;
  readonly json?: boolean;
};

export function addVerifyCommand(program: Command): void {
  program
    .command('verify <bag>')
    .description('check a bag of evidence strictly: every byte, name, seal, stamp and proof')
    .option('--trust <file>', 'PEM: the root certificates that you had from the provider')
    .option('--ledger-key <file>', "the key of the provider's ledger (name+id+key)")
    .option('--json', 'print JSON')
    .action(async (bag: string, options: Options) => {
      const trusted = options.trust === undefined ? [] : await readTrusted(options.trust);
      const ledgerKey = options.ledgerKey === undefined ? null : await readKey(options.ledgerKey);
      const verdict = await withProgress((onBytes) => look(bag, { trusted, ledgerKey, onBytes }));
      if (options.json === true) printJson(verdict);
      else console.log(describeVerdict(verdict).join('\n'));
      if (!verdict.valid) {
        throw new CommandFailure(`${verdict.bag} is not what was sealed: do not rely on it`);
      }
    });
}

export function describeVerdict(verdict: BagVerdict): readonly string[] {
  const { bag, valid, files, sizeBytes, clips, signedByDevice, seal, ledger } = verdict;
  const told = verdict.faults.map(({ path, because }) => `  ${path ?? bag} ${because}`);
  const more = verdict.faultCount - told.length;
  return [
    `${bag}: ${valid ? 'valid' : 'NOT VALID'}`,
    ...told,
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(verdict.volume === null
      ? []
      : [
          row(
            'volume',
            `${verdict.volume}: the others are folders of their own, and not looked at`,
          ),
        ]),
    row('files', `${files}, ${byteSize(sizeBytes)}`),
    row('recordings', `${clips}, ${signedByDevice} signed whole by their doorbells`),
    ...signatureNotes(verdict),
    ...seal.signers.map(({ role, name, title }) => row(role, `${name}, ${title}`)),
    row('sealed', seal.sealedAt === null ? 'no stamp says when' : seal.sealedAt.toISOString()),
    row('ledger', `${ledger.entries} entries proven in ${ledger.origin ?? 'none'}`),
    row(
      'trust',
      seal.trust === 'given'
        ? 'the certificates that you gave'
        : 'SELF-ASSERTED: by certificates in the bag itself; --trust names those you know',
    ),
    ...(ledger.trust === 'given' ? [] : [row('', 'the key of the ledger is that of the bag, too')]),
  ];
}

/** Valid all the same: a doorbell that was torn off the wall signs no end. */
function signatureNotes(verdict: BagVerdict): readonly string[] {
  const { clips, signedByDevice, signedByMark, signedAtOpening } = verdict;
  const unsigned = clips - signedByDevice - signedByMark - signedAtOpening;
  return [
    ...(signedByMark === 0
      ? []
      : [row('', `${signedByMark} signed as far as they go: their doorbells never finished them`)]),
    ...(signedAtOpening === 0
      ? []
      : [
          row(
            '',
            `${signedAtOpening} signed in their beginning only: the rest is by the provider's word`,
          ),
        ]),
    ...(unsigned === 0
      ? []
      : [row('', `${unsigned} NOT SIGNED by any doorbell: by the provider's word`)]),
  ];
}

const row = (label: string, text: string): string => `  ${label.padEnd(11)} ${text}`;

async function look(bag: string, options: VerifyOptions): Promise<BagVerdict> {
  try {
    return await verifyBag(bag, options);
  } catch (cause) {
    if (cause instanceof NotAFolder) throw new CommandFailure(cause.message, 2, { cause });
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    throw new CommandFailure(`${bag} cannot be read: ${reasonOf(cause)}`, 2, { cause });
  }
}

async function withProgress<Result>(
  work: (onBytes: (bytes: number) => void) => Promise<Result>,
): Promise<Result> {
  const bar = new cliProgress.SingleBar({
    format: 'verify {value} MiB',
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
  });
  let bytes = 0;
  if (process.stderr.isTTY) bar.start(0, 0);
  try {
    return await work((more) => {
      bytes += more;
      bar.update(Math.floor(bytes / 1024 ** 2));
    });
  } finally {
    bar.stop();
  }
}

async function readTrusted(path: string) {
  const trusted = readTrust(await readText(path));
  if (trusted.length > 0) return trusted;
  throw new CommandFailure(`there is no certificate in ${path}`, 2);
}

async function readKey(path: string): Promise<NoteKey> {
  const key = readVerifierKey(await readText(path));
  if (key !== null) return key;
  throw new CommandFailure(`there is no key of a ledger in ${path}`, 2);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CommandFailure(`${path} cannot be read`, 2, { cause });
  }
}
