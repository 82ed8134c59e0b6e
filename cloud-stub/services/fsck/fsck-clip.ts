/** One clip checked against its key, its journal and its ledger entries. */
import { clipRoot } from '../../../device/wire/codec.ts';
import { finalSchema } from '../../../device/wire/messages.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { BagStore, Ports, VaultReader } from '../../ports.ts';
import { type Breach, breach } from './fsck-breach.ts';

export type FsckPorts = Pick<Ports, 'catalogue' | 'vault' | 'keys' | 'ledger' | 'ledgerSigner'> & {
  /** Where the cloud seals bags. */
  readonly bags?: BagStore;
};

export async function* checkClip(ports: FsckPorts, row: ClipRow): AsyncIterable<Breach> {
  yield* checkLeaves(ports, row);
  // What a purge left behind is found from the other side: by the lists of keys and journals.
  if (row.possession === 'shredding' || row.possession === 'shredded') return;
  const stills = await ports.catalogue.read
    .selectFrom('stills')
    .select('still')
    .where('thing', '=', row.thing)
    .where('clip', '=', row.clip)
    .execute();
  const opened = await openClip(ports, row);
  if (opened.reader === null) {
    const expectsFootage = chunksOnRecord(row) > 0 || stills.length > 0;
    if (opened.breach !== null && (expectsFootage || opened.breach.kind === 'key-unusable')) {
      yield opened.breach;
    }
    return;
  }
  try {
    yield* checkChunks(row, opened.reader);
    for (const { still } of stills) yield* checkStill(row, opened.reader, still);
  } finally {
    await opened.reader.close();
  }
}

type Opened =
  | { readonly reader: VaultReader; readonly breach: null }
  | { readonly reader: null; readonly breach: Breach };

async function openClip({ keys, vault }: FsckPorts, row: ClipRow): Promise<Opened> {
  const failed = (kind: Breach['kind'], detail: string): Opened => ({
    reader: null,
    breach: breach(kind, row, detail),
  });
  const dataKey = await keys.find(row).catch((error: unknown) => textOf(error));
  if (dataKey === null) return failed('clip-without-key', 'its data key is not there');
  if (typeof dataKey === 'string') return failed('key-unusable', dataKey);
  try {
    const reader = await vault.openRead(row, dataKey);
    return reader === null
      ? failed('clip-without-journal', 'its journal is not there')
      : { reader, breach: null };
  } catch (error) {
    return failed('journal-unreadable', textOf(error));
  }
}

/**
 * Chunks that were promised: those of a stored clip, or those of the last mark of one that still
 * arrives.
 */
const chunksOnRecord = (row: ClipRow): number =>
  row.possession === 'stored' ? row.chunks : row.markedChunks;

async function* checkChunks(row: ClipRow, reader: VaultReader): AsyncIterable<Breach> {
  const promised = chunksOnRecord(row);
  const hashes: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let index = 0; index < promised; index++) {
    const stored = reader.chunks().get(index);
    if (stored === undefined) {
      yield breach('chunk-missing', row, `chunk ${index} of ${promised}`);
      continue;
    }
    hashes.push(stored.sha256);
    sizeBytes += stored.length;
  }
  for (const index of [...reader.chunks().keys()].sort((a, b) => a - b)) {
    const fault = await reader.read(index).then(() => null, textOf);
    if (fault !== null) yield breach('chunk-altered', row, fault);
  }
  if (hashes.length < promised) return;
  const root = clipRoot(hashes);
  if (row.possession === 'stored') yield* checkStored(row, root, sizeBytes);
  else if (promised > 0 && row.markedRoot !== root) {
    yield breach('mark-mismatch', row, `${promised} chunks, marked ${row.markedRoot}, is ${root}`);
  }
}

function* checkStored(row: ClipRow, root: string, sizeBytes: number): Iterable<Breach> {
  if (row.root !== root) yield breach('root-mismatch', row, `on record ${row.root}, is ${root}`);
  if (row.sizeBytes !== sizeBytes) {
    yield breach('size-mismatch', row, `on record ${row.sizeBytes}, are ${sizeBytes} bytes`);
  }
  if (row.final === null) return;
  const final = finalSchema.safeParse(jsonOf(row.final));
  if (!final.success) {
    yield breach('final-mismatch', row, 'its final manifest is not one');
    return;
  }
  const { disposition, chunks, size } = final.data;
  if (disposition === 'evicted' || disposition === 'aborted') return;
  if (chunks !== row.chunks || size !== sizeBytes || final.data.root !== root) {
    yield breach(
      'final-mismatch',
      row,
      `signed: ${chunks} chunks, ${size} bytes, ${final.data.root}`,
    );
  }
}

async function* checkStill(
  row: ClipRow,
  reader: VaultReader,
  still: ClipRow['clip'],
): AsyncIterable<Breach> {
  try {
    const jpeg = await reader.still(still);
    if (jpeg === null) yield breach('still-missing', row, `still ${still}`);
  } catch (error) {
    yield breach('still-altered', row, textOf(error));
  }
}

/** The ledger entries that must exist for a clip to be as its row says. [LOG-1] */
async function* checkLeaves({ catalogue }: FsckPorts, row: ClipRow): AsyncIterable<Breach> {
  const leaves = await catalogue.read
    .selectFrom('ledger')
    .select(['kind', 'facts'])
    .where('thing', '=', row.thing)
    .where('clip', '=', row.clip)
    .orderBy('seq')
    .execute();
  const has = (...kinds: string[]): boolean => leaves.some(({ kind }) => kinds.includes(kind));
  const storing = ['clip-stored', 'clip-salvaged', 'clip-completed', 'clip-evicted', 'clip-late'];
  const lacks = (what: string): Breach => breach('clip-without-leaf', row, `no entry of ${what}`);
  if (!has('clip-opened')) yield lacks('its opening');
  if (row.storedAt !== null && !has(...storing)) yield lacks('its storing');
  if (row.possession === 'shredding' || row.possession === 'shredded') {
    if (!has('purge-intended')) yield lacks('the intent to purge it');
  }
  if (row.possession === 'shredded' && !has('purged')) yield lacks('its purge');
  if (row.possession !== 'stored') return;
  if (has('purged'))
    yield breach('clip-without-leaf', row, 'purged by the ledger, alive by its row');
  const last = leaves.findLast(({ kind }) => storing.includes(kind));
  const named = last === undefined ? undefined : rootOf(last.facts);
  if (last !== undefined && named !== row.root) {
    yield breach('root-not-in-ledger', row, `on record ${row.root}, the ledger says ${named}`);
  }
}

function rootOf(facts: string): unknown {
  const value = jsonOf(facts);
  return typeof value === 'object' && value !== null && 'root' in value ? value.root : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
