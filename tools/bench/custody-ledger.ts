/** The ledger at a million leaves: what an entry costs, what a proof takes, and a check from the files alone. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { z } from 'zod';
import { cryptoEntropy } from '../../cloud-stub/backends/crypto-entropy.ts';
import { openMemoryIdentityKeys } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { writeLedgerFiles } from '../../cloud-stub/backends/ledger-files.ts';
import { openMemoryLedgerSigner } from '../../cloud-stub/backends/ledger-key.ts';
import { openCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { checkInclusion } from '../../cloud-stub/custody/ledger-proof.ts';
import type { Ports } from '../../cloud-stub/ports.ts';
import { makeCheckpoints } from '../../cloud-stub/services/ledger/checkpoints.ts';
import { makeLedgerProofs } from '../../cloud-stub/services/ledger/ledger-proofs.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { epochMs } from '../../device/wire/time.ts';
import type { BenchOptions } from './bench.ts';
import { type BenchResult, judged, percentile } from './figures.ts';
import { clipOf, fillLedger, storedFacts } from './ledger-catalogue.ts';
import { monotonicMs } from './monotonic.ts';
import { removeScratch, scratchFolder } from './scratch-folder.ts';

type LedgerPorts = Pick<Ports, 'catalogue' | 'clock' | 'ledger' | 'ledgerSigner'>;

/** What is written together when much is going on. */
const writesAtOnce = 64;
const verifier = path.join(import.meta.dirname, 'ledger-verifier-process.ts');
const verdictSchema = z.object({
  ok: z.literal(true),
  entries: z.int(),
  tookMs: z.number(),
  largestMiB: z.number(),
});

export async function ledgerFigures({ quick }: BenchOptions): Promise<readonly BenchResult[]> {
  const entries = quick ? 20_000 : 1_000_000;
  const folder = scratchFolder('ledger');
  try {
    const file = path.join(folder, 'catalogue.sqlite');
    await fillLedger(file, entries);
    const catalogue = openCatalogue(file);
    const ports: LedgerPorts = {
      catalogue,
      clock: systemClock,
      ledger: openSqlLedger(openMemoryIdentityKeys(cryptoEntropy)),
      ledgerSigner: openMemoryLedgerSigner(cryptoEntropy),
    };
    try {
      const proofs = await proofTimes(ports, entries, quick ? 50 : 2000);
      const verify = await verifyTimes(ports, path.join(folder, 'ledger'));
      const appends = await appendTimes(ports, entries, quick ? 640 : 12_800);
      return results(entries, { proofs, verify, appends });
    } finally {
      await catalogue.close();
    }
  } finally {
    removeScratch(folder);
  }
}

type Figures = {
  readonly proofs: { readonly signMs: number; readonly proofMs: readonly number[] };
  readonly verify: z.infer<typeof verdictSchema>;
  readonly appends: { readonly entryMs: number; readonly bareMs: number };
};

const results = (entries: number, { proofs, verify, appends }: Figures): readonly BenchResult[] => [
  judged({
    name: 'custody.ledger-append',
    figure: {
      what: `one entry among ${entries}, ${writesAtOnce} a commit`,
      ...ms(appends.entryMs),
    },
    baseline: { what: 'bare SQL insert of such a row, as many a commit', ...ms(appends.bareMs) },
  }),
  judged({
    name: 'custody.ledger-proof',
    figure: {
      what: `inclusion proof among ${entries} leaves, p99`,
      ...ms(percentile(proofs.proofMs, 0.99)),
    },
    beside: [
      { what: 'p50', ...ms(percentile(proofs.proofMs, 0.5)) },
      { what: 'signing a checkpoint', ...ms(proofs.signMs) },
    ],
  }),
  judged({
    name: 'custody.ledger-verify',
    figure: { what: `ledger verify of ${verify.entries} lines`, ...ms(verify.tookMs) },
    beside: [{ what: 'memory of the process', value: verify.largestMiB, unit: 'MiB' }],
  }),
];

async function proofTimes(ports: LedgerPorts, entries: number, proofs: number) {
  const checkpoints = makeCheckpoints(ports);
  const began = monotonicMs();
  const signed = await checkpoints.sign();
  const signMs = monotonicMs() - began;
  assert.equal(signed?.size, entries);
  const office = makeLedgerProofs(ports, checkpoints);
  const proofMs: number[] = [];
  for (let n = 0; n < proofs; n++) {
    const seq = Math.floor((n + 0.5) * (entries / proofs));
    const start = monotonicMs();
    const proof = await office.inclusion(seq);
    proofMs.push(monotonicMs() - start);
    assert(proof !== null && checkInclusion(proof, checkpoints.key).ok, 'a proof that holds');
  }
  return { signMs, proofMs };
}

async function verifyTimes({ catalogue, ledgerSigner }: LedgerPorts, folder: string) {
  await writeLedgerFiles(catalogue.read, folder, ledgerSigner);
  const { stdout } = await promisify(execFile)(process.execPath, [verifier, folder]);
  return verdictSchema.parse(JSON.parse(stdout));
}

/** In turns with rows of the same size in a table without hashes, chain, tree or index. */
async function appendTimes({ catalogue, ledger }: LedgerPorts, entries: number, count: number) {
  await catalogue.write((tx) =>
    sql`create table bare (seq integer primary key, kind text, actor text, thing text, clip text,
      facts text, prev text, hash text) strict`.execute(tx),
  );
  const append = (n: number) =>
    catalogue.write((tx) =>
      ledger.append(tx, {
        kind: 'clip-stored',
        at: epochMs(1_800_000_000_000 + n),
        actor: 'cloud',
        thing: `doorbell-${n % 1000}` as ThingName,
        clip: clipOf(entries + n) as Ulid,
        facts: storedFacts(n),
      }),
    );
  const hash = 'ef'.repeat(32);
  const insert = (n: number) =>
    catalogue.write((tx) =>
      sql`insert into bare values (${n}, 'clip-stored', 'cloud', ${`doorbell-${n % 1000}`},
        ${clipOf(n)}, ${JSON.stringify(storedFacts(n))}, ${hash}, ${hash})`.execute(tx),
    );
  let [entryMs, bareMs] = [0, 0];
  for (let n = 0; n < count; n += writesAtOnce) {
    entryMs += await timeOf(n, append);
    bareMs += await timeOf(n, insert);
  }
  return { entryMs: entryMs / count, bareMs: bareMs / count };
}

async function timeOf(from: number, write: (n: number) => Promise<unknown>): Promise<number> {
  const began = monotonicMs();
  await Promise.all(Array.from({ length: writesAtOnce }, (_, index) => write(from + index)));
  return monotonicMs() - began;
}

const ms = (value: number) => ({ value, unit: 'ms' as const });
