/** Checks the ledger's files in a process of its own, and says how long it took and how large it grew. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readVerifierKey } from '../../cloud-stub/custody/signed-note.ts';
import { verifyLedgerFiles } from '../commands/ledger-verify.ts';
import { monotonicMs } from './monotonic.ts';
import { peakResidentBytes } from './process-cost.ts';

const [folder = ''] = process.argv.slice(2);
const key = readVerifierKey(await readFile(path.join(folder, 'key.txt'), 'utf8'));
if (key === null) throw new Error(`no key in ${folder}`);
const began = monotonicMs();
const { ok, entries } = await verifyLedgerFiles(folder, key);
const tookMs = monotonicMs() - began;
const largestMiB = peakResidentBytes() / 1024 ** 2;
console.log(JSON.stringify({ ok, entries, tookMs, largestMiB }));
