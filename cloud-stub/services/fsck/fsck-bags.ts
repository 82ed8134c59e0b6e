/** Every bag in the store against its record, its own lists and the ledger. */
import { createHash } from 'node:crypto';
import type { Ulid } from '../../../device/wire/ids.ts';
import { days, epochMs, isoTime, later } from '../../../device/wire/time.ts';
import type { ExportRow } from '../../catalogue-tables-exports.ts';
import { bagPaths, readManifestLine, sealFolder } from '../../legal/export-manifest.ts';
import type { BagStore, LedgerKind } from '../../ports.ts';
import { BagReader, type StoredBagFile } from '../exports/export-bag-store.ts';
import { filesOf, findExport } from '../exports/export-rows.ts';
import { lastEntryAt } from '../retention/clock-watch.ts';
import { type Breach, type BreachKind, bagBreach } from './fsck-breach.ts';
import type { FsckPorts } from './fsck-clip.ts';

/** A sweep takes what is due; a day after, none has come, or the clock was in doubt for as long. */
const sweepGraceMs = days(1);
const { manifest, tagManifest } = bagPaths;

export async function* checkBags(ports: FsckPorts, bags: BagStore): AsyncIterable<Breach> {
  const { catalogue } = ports;
  // The cloud's own time, as far as it is on record.
  const now = (await lastEntryAt(catalogue)) ?? epochMs(0);
  const told = await entriesOfBags(ports);
  const rows = await catalogue.read.selectFrom('exports').selectAll().orderBy('export').execute();
  for (const row of rows) {
    const breach = (kind: BreachKind, detail: string) => bagBreach(kind, row.export, detail);
    const entries = told.get(row.export) ?? [];
    for (const because of ledgerFaults(row, entries)) yield breach('bag-not-in-ledger', because);
    if (row.state === 'removed') continue; // what is left of it is found among the segments
    if (row.expiresAt !== null && later(row.expiresAt, sweepGraceMs) < now) {
      yield breach('bag-past-window', `its window ended at ${isoTime(row.expiresAt)}`);
    }
    yield* checkFiles(ports, bags, row);
  }
  yield* strays(ports, bags);
}

async function* checkFiles(
  { catalogue }: FsckPorts,
  bags: BagStore,
  row: ExportRow,
): AsyncIterable<Breach> {
  const files = await filesOf(catalogue.read, row.export);
  const lists: Record<string, Buffer> = {};
  const reader = new BagReader(bags, row.export);
  try {
    for (const file of files) {
      const found = await contentOf(reader, file).catch((error: unknown) => textOf(error));
      if (typeof found === 'string') {
        yield bagBreach('bag-file-unreadable', row.export, `${file.path}: ${found}`);
      } else if (found.sha256 !== file.sha256 || found.sizeBytes !== file.sizeBytes) {
        yield bagBreach('bag-file-altered', row.export, `${file.path} is not what was written`);
      } else if (found.text !== null) lists[file.path] = found.text;
    }
  } finally {
    await reader.close();
  }
  if (row.state !== 'sealed') return;
  for (const because of listFaults(row, files, lists)) {
    yield bagBreach('bag-list-mismatch', row.export, because);
  }
}

async function contentOf(reader: BagReader, file: StoredBagFile) {
  const whole = createHash('sha256');
  const isList = file.path === manifest || file.path === tagManifest;
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of reader.read(file)) {
    whole.update(part);
    sizeBytes += part.length;
    if (isList) parts.push(part);
  }
  return { sizeBytes, sha256: whole.digest('hex'), text: isList ? Buffer.concat(parts) : null };
}

/** Its record, its files and its own lists name the same. */
function* listFaults(
  row: ExportRow,
  files: readonly StoredBagFile[],
  lists: Readonly<Record<string, Buffer>>,
): Iterable<string> {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  if (files.length !== row.files || sizeBytes !== row.sizeBytes) {
    const has = `${files.length} files of ${sizeBytes} bytes`;
    yield `it has ${has}, on record are ${row.files} of ${row.sizeBytes}`;
  }
  const byPath = new Map(files.map((file) => [file.path, file]));
  if (byPath.get(tagManifest)?.sha256 !== row.tagManifestSha256) {
    yield `its ${tagManifest} is not the one that was sealed`;
  }
  const listed = new Set<string>([tagManifest]);
  for (const [list, text] of Object.entries(lists)) {
    for (const line of text.toString('utf8').split('\n').slice(0, -1)) {
      const read = readManifestLine(line);
      if (!read.ok) yield `a line of ${list} ${read.because}`;
      else if (byPath.get(read.path)?.sha256 !== read.sha256) yield `${read.path} is not as listed`;
      if (read.ok) listed.add(read.path);
    }
  }
  if (lists[manifest] === undefined || lists[tagManifest] === undefined) return; // told already
  for (const path of byPath.keys()) {
    if (!path.startsWith(sealFolder) && !listed.has(path)) yield `${path} is in no list`;
  }
}

type BagEntry = { readonly kind: LedgerKind; readonly tagManifestSha256?: unknown };

async function entriesOfBags({
  catalogue,
}: FsckPorts): Promise<ReadonlyMap<string, readonly BagEntry[]>> {
  const rows = await catalogue.read
    .selectFrom('ledger')
    .select(['kind', 'facts'])
    .where('kind', 'in', ['export-leased', 'export-sealed', 'export-delivered', 'export-purged'])
    .execute();
  const entries = rows.map(({ kind, facts }) => ({ ...factsIn(facts), kind }));
  return Map.groupBy(entries, (entry) => String(entry.export));
}

/** [LOG-1] */
function* ledgerFaults(row: ExportRow, entries: readonly BagEntry[]): Iterable<string> {
  const isSo: readonly (readonly [LedgerKind, boolean])[] = [
    ['export-leased', true],
    ['export-sealed', row.sealedAt !== null],
    ['export-delivered', row.deliveredAt !== null],
    ['export-purged', row.state === 'removed'],
  ];
  for (const [kind, isWanted] of isSo) {
    const isThere = entries.some((entry) => entry.kind === kind);
    if (isThere !== isWanted) yield `there is ${isThere ? 'an' : 'no'} entry ${kind}`;
  }
  const sealed = entries.find(({ kind }) => kind === 'export-sealed');
  if (sealed !== undefined && row.tagManifestSha256 !== (sealed.tagManifestSha256 ?? null)) {
    yield 'the ledger says that another list was sealed';
  }
}

/** Those that are not JSON are named by the ledger's own check. */
function factsIn(facts: string): {
  readonly export?: unknown;
  readonly tagManifestSha256?: unknown;
} {
  try {
    return JSON.parse(facts) as object;
  } catch {
    return {};
  }
}

/** Keys and bytes of bags that are not there, or not any more. [RET-10] */
async function* strays(ports: FsckPorts, bags: BagStore): AsyncIterable<Breach> {
  const states = new Map<string, ExportRow['state'] | null>();
  for (const [what, store] of [['a key', bags.keys] as const, ['bytes', bags.vault] as const]) {
    for await (const { thing, clip } of store.list()) {
      const id = thing as string as Ulid;
      let state = states.get(id);
      if (state === undefined) {
        state = (await findExport(ports.catalogue.read, id))?.state ?? null;
        states.set(id, state);
      }
      const segment = `${what} of its segment ${Number(clip)}`;
      if (state === null) yield bagBreach('bag-unknown', id, `${segment}, and no such export`);
      if (state === 'removed') yield bagBreach('bag-after-removal', id, segment);
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
