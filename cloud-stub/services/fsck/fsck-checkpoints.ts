/** Every checkpoint against the tree of the ledger, and against the key that signs. */
import { readCheckpoint } from '../../custody/checkpoint.ts';
import { type Breach, breach } from './fsck-breach.ts';
import type { FsckPorts } from './fsck-clip.ts';

const rowsPerRead = 200;

export async function* checkCheckpoints(ports: FsckPorts): AsyncIterable<Breach> {
  const { catalogue, ledger } = ports;
  const entries = await ledger.size(catalogue.read);
  for (let after = 0; ; ) {
    const rows = await catalogue.read
      .selectFrom('checkpoints')
      .selectAll()
      .where('size', '>', after)
      .orderBy('size')
      .limit(rowsPerRead)
      .execute();
    for (const { size, note } of rows) {
      after = size;
      const because = size > entries ? `there are ${entries}` : await faultOf(ports, size, note);
      if (because !== null) {
        yield breach('checkpoint-broken', null, `checkpoint of ${size} entries: ${because}`);
      }
    }
    if (rows.length < rowsPerRead) return;
  }
}

async function faultOf(
  { catalogue, ledger, ledgerSigner }: FsckPorts,
  size: number,
  note: string,
): Promise<string | null> {
  const reading = readCheckpoint(note, ledgerSigner);
  if (!reading.ok) return reading.because;
  if (reading.checkpoint.size !== size) return `it says ${reading.checkpoint.size}`;
  let root: Uint8Array;
  try {
    root = await ledger.root(catalogue.read, size);
  } catch (error) {
    // Nodes that are missing are named by the ledger's own check.
    return error instanceof Error ? error.message : 'the tree cannot be read';
  }
  return Buffer.compare(root, reading.checkpoint.root) === 0
    ? null
    : 'its root is not that of the tree';
}
