/** The chain of custody: entries of the ledger, each proven to be in it, under a signed state. */
import { z } from 'zod';
import { checkpointText, readCheckpoint } from '../../cloud-stub/custody/checkpoint.ts';
import { type LedgerLeaf, readLeaf } from '../../cloud-stub/custody/ledger-leaf.ts';
import { leafHash, rootOfInclusion } from '../../cloud-stub/custody/merkle-tree.ts';
import {
  fromBase64,
  type NoteKey,
  readVerifierKey,
  verifierKey,
} from '../../cloud-stub/custody/signed-note.ts';
import { bagPaths } from '../../cloud-stub/legal/export-manifest.ts';
import { readLines, readSmall, textOf } from './bag-file.ts';
import type { Walk } from './bag-walk.ts';
import type { Faults } from './fault.ts';
import type { ClipRecord } from './record-check.ts';

export type LedgerFacts = {
  readonly origin: string | null;
  readonly entries: number;
  readonly trust: 'given' | 'self-asserted';
};

const { chain, proofs, checkpoint, checkpointNote, ledgerKey } = bagPaths;

const proofSchema = z.strictObject({
  seq: z.int().nonnegative(),
  hashes: z.array(z.string().max(44)).max(64),
});

export async function checkLedger(
  folder: string,
  walk: Walk,
  given: NoteKey | null,
  records: ReadonlyMap<string, ClipRecord>,
  exportId: string | null,
  faults: Faults,
): Promise<LedgerFacts> {
  const trust = given === null ? 'self-asserted' : 'given';
  const state = await readState(folder, walk, given, faults);
  const [chainFile, proofFile] = [walk.files.get(chain), walk.files.get(proofs)];
  if (state === null || chainFile === undefined || proofFile === undefined) {
    return { origin: state?.origin ?? null, entries: 0, trust };
  }
  const told = readLines(folder, proofFile)[Symbol.asyncIterator]();
  const exported = new Set<string>();
  let entries = 0;
  let last = -1;
  try {
    for await (const line of readLines(folder, chainFile)) {
      entries++;
      const proof = await told.next();
      const found = readEntry(line, proof.done === true ? null : proof.value, state, last);
      if (typeof found === 'string') {
        faults.add('ledger', chain, `line ${entries} ${found}`);
        continue;
      }
      last = found.seq;
      const name = exportedName(found, exportId);
      if (name !== null) exported.add(name);
    }
    if ((await told.next()).done !== true) {
      faults.add('ledger', proofs, 'has more proofs than entries');
    }
  } finally {
    await told.return?.();
  }
  for (const { device, clip, root, file } of records.values()) {
    if (!exported.has(`${device}/${clip}/${root}`)) {
      faults.add('ledger', file, 'was not put on the ledger when it was exported');
    }
  }
  return { origin: state.origin, entries, trust };
}

type State = { readonly origin: string; readonly size: number; readonly root: Uint8Array };

/** The checkpoint that was sealed, and the ledger's own signature of it. */
async function readState(
  folder: string,
  { files }: Walk,
  given: NoteKey | null,
  faults: Faults,
): Promise<State | null> {
  const [bodyFile, noteFile, keyFile] = [checkpoint, checkpointNote, ledgerKey].map((path) =>
    files.get(path),
  );
  // Told as missing.
  if (bodyFile === undefined || noteFile === undefined || keyFile === undefined) return null;
  const keyText = textOf(ledgerKey, await readSmall(folder, keyFile));
  const key = readVerifierKey(keyText);
  if (key === null || `${verifierKey(key)}\n` !== keyText) {
    faults.add('ledger', ledgerKey, 'is not the key of a ledger, or is damaged');
    return null;
  }
  if (given !== null && verifierKey(given) !== verifierKey(key)) {
    faults.add('ledger', ledgerKey, 'is not the key that you trust');
    return null;
  }
  const note = textOf(checkpointNote, await readSmall(folder, noteFile));
  const reading = readCheckpoint(note, key);
  if (!reading.ok) {
    faults.add('ledger', checkpointNote, `is no signed state of the ledger: ${reading.because}`);
    return null;
  }
  const body = checkpointText(reading.checkpoint);
  if (note.split('\n— ').length !== 2 || !note.startsWith(`${body}\n— `)) {
    faults.add('ledger', checkpointNote, 'holds more than a state and one signature');
  }
  if (textOf(checkpoint, await readSmall(folder, bodyFile)) !== body) {
    faults.add('ledger', checkpoint, 'is not the state that the ledger signed');
    return null;
  }
  return reading.checkpoint;
}

/** The entry, or what is wrong with it. */
function readEntry(
  line: string,
  proofLine: string | null,
  { size, root }: State,
  last: number,
): LedgerLeaf | string {
  const bytes = Buffer.from(line);
  const reading = readLeaf(bytes);
  if (!reading.ok) return `is not an entry: ${reading.because}`;
  const { leaf } = reading;
  if (leaf.seq <= last) return 'is not in the order of the ledger';
  const proof = proofSchema.safeParse(jsonOf(proofLine));
  if (!proof.success || proof.data.seq !== leaf.seq) return 'has no proof';
  const hashes = proof.data.hashes.map(fromBase64);
  if (!hashes.every((hash) => hash?.length === 32)) return 'has a proof with what is no hash';
  const found = rootOfInclusion(leafHash(bytes), leaf.seq, size, hashes as Buffer[]);
  return found !== null && Buffer.compare(found, root) === 0
    ? leaf
    : 'is not in the ledger that the checkpoint tells of';
}

function exportedName({ kind, facts, thing, clip }: LedgerLeaf, exportId: string | null) {
  const isOurs = kind === 'clip-exported' && facts['export'] === exportId;
  return isOurs ? `${thing}/${clip}/${String(facts['root'])}` : null;
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined; // told as having no proof
  }
}
