/**
 * The files of a bag in its store: pieces of at most a chunk, many files in one segment, encrypted
 * as clips are. What a row names is durable; what came after the last row of a run that was killed
 * lies unused in its segment, and goes with it.
 */
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { ExportFileRow } from '../../catalogue-tables-exports.ts';
import type { ListedFile } from '../../legal/export-manifest.ts';
import { type BagStore, type ClipKey, VaultError, type VaultReader } from '../../ports.ts';

export const bagPieceBytesMax = limits.chunkBytesMax;

export type StoredBagFile = ListedFile & Pick<ExportFileRow, 'segment' | 'firstChunk' | 'chunks'>;

/** Segments are named by number, in the form that the vault knows. */
export const segmentKey = (exportId: Ulid, segment: number): ClipKey => ({
  thing: exportId as string as ThingName,
  clip: segment.toString().padStart(26, '0') as Ulid,
});

export class BagReader {
  readonly #bags: BagStore;
  readonly #export: Ulid;
  /** The one read last: files lie in their segments one after another. */
  #open: { readonly segment: number; readonly reader: VaultReader } | null = null;

  constructor(bags: BagStore, exportId: Ulid) {
    this.#bags = bags;
    this.#export = exportId;
  }

  /** Throws VaultError when it is gone or was altered. */
  async *read({ segment, firstChunk, chunks }: StoredBagFile): AsyncIterable<Uint8Array> {
    for (let index = firstChunk; index < firstChunk + chunks; index++) {
      // Opened anew where another file of this bag was read meanwhile.
      yield await (await this.#segment(segment)).read(index);
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.reader.close();
  }

  async #segment(segment: number): Promise<VaultReader> {
    if (this.#open?.segment === segment) return this.#open.reader;
    await this.close();
    const key = segmentKey(this.#export, segment);
    const dataKey = await this.#bags.keys.find(key);
    const reader = dataKey === null ? null : await this.#bags.vault.openRead(key, dataKey);
    if (reader === null) throw new VaultError(key, 'this segment of a bag is gone');
    this.#open = { segment, reader };
    return reader;
  }
}

/**
 * Destroys every segment of the bags that are meant, keys first; may be repeated. All that is stored
 * is looked through: what a killed run left has no row. [RET-6]
 */
export async function destroySegments(
  { vault, keys }: BagStore,
  isMeant: (exportId: string) => boolean,
): Promise<void> {
  const segments = new Map<string, ClipKey>();
  for (const store of [keys, vault]) {
    for await (const key of store.list()) {
      if (isMeant(key.thing)) segments.set(`${key.thing}/${key.clip}`, key);
    }
  }
  for (const key of segments.values()) {
    await keys.destroy(key);
    await vault.remove(key);
  }
}
