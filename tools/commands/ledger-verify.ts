/** The ledger checked from its files alone: every line, the chain, the tree, every checkpoint. */
import {
  checkpointFiles,
  ledgerLines,
  readNote,
} from '../../cloud-stub/backends/ledger-files-reader.ts';
import { type AuditFault, LedgerAudit } from '../../cloud-stub/custody/ledger-audit.ts';
import type { NoteKey } from '../../cloud-stub/custody/signed-note.ts';

export type LedgerVerdict = {
  readonly ok: boolean;
  readonly entries: number;
  /** Those in the folder, and those that were brought along. */
  readonly checkpoints: number;
  /** Entries that no checkpoint covers: nothing but the chain speaks for them. */
  readonly unsigned: number;
  /** Of all entries, base 64. */
  readonly root: string;
  readonly faults: readonly AuditFault[];
};

/** What is told in full; a file of nonsense has as many faults as lines. */
const faultsMax = 1000;

/**
 * `kept` are checkpoints that an auditor has kept from earlier visits: only they show that nothing
 * was cut off at the end, or written anew from the beginning by whoever has the key.
 */
export async function verifyLedgerFiles(
  folder: string,
  key: NoteKey,
  kept: readonly string[] = [],
  onLine: (lines: number, bytes: Uint8Array) => void = () => {},
): Promise<LedgerVerdict> {
  const audit = new LedgerAudit(key);
  const faults: AuditFault[] = [];
  const note = (fault: AuditFault | null): void => {
    if (fault !== null && faults.length < faultsMax) faults.push(fault);
  };
  let checkpoints = 0;
  let signed = 0;
  const due = merged(checkpointFiles(folder), keptInOrder(kept))[Symbol.asyncIterator]();
  let next = await due.next();
  const judgeUpTo = async (size: number): Promise<void> => {
    while (next.done !== true && next.value.size <= size) {
      const fault = audit.checkpoint(next.value.note, next.value.size);
      note(fault);
      checkpoints++;
      if (fault === null) signed = Math.max(signed, next.value.size);
      next = await due.next();
    }
  };
  await judgeUpTo(0);
  for await (const line of ledgerLines(folder)) {
    note(audit.line(line));
    onLine(audit.size, line);
    await judgeUpTo(audit.size);
  }
  await judgeUpTo(Number.POSITIVE_INFINITY);
  return {
    ok: faults.length === 0,
    entries: audit.size,
    checkpoints,
    unsigned: Math.max(0, audit.size - signed),
    root: Buffer.from(audit.root()).toString('base64'),
    faults,
  };
}

type Due = { readonly size: number; readonly note: string };

/** By the size that each says; what says none comes first and is refused. */
const keptInOrder = (notes: readonly string[]): readonly Due[] =>
  notes
    .map((note): Due => {
      const size = Number(note.split('\n')[1]);
      return { size: Number.isSafeInteger(size) && size >= 0 ? size : 0, note };
    })
    .sort((a, b) => a.size - b.size);

async function* merged(files: AsyncIterable<Due>, kept: readonly Due[]): AsyncIterable<Due> {
  const waiting = [...kept];
  for await (const file of files) {
    while ((waiting[0]?.size ?? Number.POSITIVE_INFINITY) <= file.size) {
      const first = waiting.shift();
      if (first !== undefined) yield first;
    }
    yield file;
  }
  yield* waiting;
}

export const readKept = (paths: readonly string[]): Promise<readonly string[]> =>
  Promise.all(paths.map(readNote));
