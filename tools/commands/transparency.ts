/** `doorbell transparency`: the report of a period, counted from the records or by an auditor from the files. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { LedgerFilesError } from '../../cloud-stub/backends/ledger-files.ts';
import { readNote } from '../../cloud-stub/backends/ledger-files-reader.ts';
import { readLeaf } from '../../cloud-stub/custody/ledger-leaf.ts';
import { type Period, TransparencyFold } from '../../cloud-stub/legal/transparency-fold.ts';
import { readPeriod } from '../../cloud-stub/legal/transparency-period.ts';
import {
  type TransparencyReport,
  transparencyReport,
} from '../../cloud-stub/legal/transparency-report.ts';
import { makeCheckpoints } from '../../cloud-stub/services/ledger/checkpoints.ts';
import { reportTransparency } from '../../cloud-stub/services/ledger/transparency.ts';
import { CommandFailure } from './failure.ts';
import { readKeyOfFiles } from './ledger-key.ts';
import { verifyLedgerFiles } from './ledger-verify.ts';
import { countText, printJson } from './output.ts';
import { withRecords } from './storage.ts';
import { transparencyPage } from './transparency-page.ts';
import { transparencyText } from './transparency-text.ts';

type Options = {
  readonly data?: string;
  readonly ledger?: string;
  readonly key?: string;
  readonly html?: string;
  readonly json?: boolean;
  readonly against?: string;
};

type Counted = { readonly report: TransparencyReport; readonly source: string };

export function addTransparencyCommand(program: Command): void {
  program
    .command('transparency')
    .description('the transparency report of a period: who asked for what, and what they got')
    .argument('<period>', 'a year, half-year or month: 2026, 2026-H1 or 2026-03', periodGiven)
    .option('--ledger <folder>', "count from the ledger's files alone, which must verify")
    .option('--key <key>', 'with --ledger: the verifier key you trust, or a file with it')
    .option('--html <file>', 'write it as a page')
    .option('--json', 'print it as JSON, every figure')
    .option('--against <report>', 'compare with a report as JSON; another one is a failure')
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .action(async (period: Period, options: Options) => {
      const counted =
        options.ledger === undefined
          ? await fromRecords(period, options.data)
          : await fromFiles(period, path.resolve(options.ledger), options.key);
      if (options.against !== undefined) await compare(counted.report, options.against);
      if (options.html === undefined && options.json !== true) {
        console.log(transparencyText(counted.report, counted.source));
      }
      if (options.json === true) printJson(counted.report);
      if (options.html !== undefined) {
        await writeFile(options.html, transparencyPage(counted.report, counted.source));
        console.error(`written to ${options.html}`);
      }
    });
}

function fromRecords(period: Period, data: string | undefined): Promise<Counted> {
  return withRecords(data, async (records) => {
    const report = await reportTransparency(records, period);
    const signed = await makeCheckpoints(records).sign();
    return { report, source: sourceText(signed?.size ?? 0, signed?.root ?? Buffer.of()) };
  });
}

async function fromFiles(
  period: Period,
  folder: string,
  keyText: string | undefined,
): Promise<Counted> {
  const fold = new TransparencyFold(period);
  const key = await readKeyOfFiles(folder, keyText);
  try {
    const verdict = await verifyLedgerFiles(folder, key, [], (_lines, bytes) => {
      const reading = readLeaf(bytes);
      if (reading.ok) fold.add(reading.leaf);
    });
    const [fault] = verdict.faults;
    if (fault !== undefined) {
      throw new CommandFailure(`the ledger does not hold: ${fault.because}`);
    }
    const source = sourceText(verdict.entries, Buffer.from(verdict.root, 'base64'));
    return { report: transparencyReport(fold), source };
  } catch (error) {
    if (!(error instanceof LedgerFilesError)) throw error;
    throw new CommandFailure(error.message, 1, { cause: error });
  }
}

async function compare(report: TransparencyReport, file: string): Promise<void> {
  let other: unknown;
  try {
    other = JSON.parse(await readNote(file));
  } catch (error) {
    throw new CommandFailure(`${file} is not a report as JSON`, 2, { cause: error });
  }
  // As JSON has it: what was printed is what is compared.
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(report)), other)) {
    console.error(`the same as ${file}`);
  } else throw new CommandFailure(`the ledger gives another report than ${file}`);
}

const sourceText = (entries: number, root: Uint8Array): string =>
  `Counted from ${countText(entries, 'entry', 'entries')} of the ledger, root ${Buffer.from(root).toString('base64')}.`;

function periodGiven(text: string): Period {
  const period = readPeriod(text);
  if (period !== null) return period;
  throw new InvalidArgumentError('expected 2026, 2026-H1 or 2026-03, for instance.');
}
