/** Writes the files of a bag into its store, and puts on record those that are durable there. */
import { createHash, hash } from 'node:crypto';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { ListedFile } from '../../legal/export-manifest.ts';
import {
  type BagStore,
  type Catalogue,
  letGoOf,
  type VaultClip,
  type Writing,
} from '../../ports.ts';
import { bagPieceBytesMax, type StoredBagFile, segmentKey } from './export-bag-store.ts';
import { exportLimits, type WriterLimits } from './export-limits.ts';
import { readAhead } from './export-read-ahead.ts';

export type BagPiece = {
  readonly bytes: Uint8Array;
  /** Where it is known already: that of exactly these bytes, at most a chunk. */
  readonly sha256?: Uint8Array;
  /** Nobody needs the bytes once they are written. */
  readonly isSpent?: boolean;
};
export type BagContent = AsyncIterable<BagPiece> | Iterable<BagPiece>;

type Segment = { readonly number: number; readonly clip: VaultClip; next: number };

export class BagWriter {
  /** By path, durable or about to be. */
  readonly files: Map<string, StoredBagFile>;
  readonly #bags: BagStore;
  readonly #catalogue: Catalogue;
  readonly #export: Ulid;
  readonly #limits: WriterLimits;
  #segment: Segment | null = null;
  #unsyncedBytes = 0;
  /** The sync under way, while more is appended. */
  #syncing: Promise<void> = Promise.resolve();
  #unrecorded: StoredBagFile[] = [];

  constructor(
    world: {
      readonly bags: BagStore;
      readonly catalogue: Catalogue;
      readonly limits?: Partial<WriterLimits>;
    },
    exportId: Ulid,
    files: Iterable<StoredBagFile>,
  ) {
    this.#bags = world.bags;
    this.#catalogue = world.catalogue;
    this.#export = exportId;
    this.#limits = { ...exportLimits, ...world.limits };
    this.files = new Map([...files].map((file) => [file.path, file]));
  }

  /** What is there already stays as it is. */
  async write(path: string, content: () => BagContent): Promise<ListedFile> {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    const segment = await this.#room();
    const firstChunk = segment.next;
    const whole = createHash('sha256');
    let sizeBytes = 0;
    for await (const { bytes, sha256, isSpent } of readAhead(pieces(content()))) {
      whole.update(bytes);
      sizeBytes += bytes.length;
      segment.clip.append(segment.next++, bytes, sha256 ?? hash('sha256', bytes, 'buffer'));
      this.#unsyncedBytes += bytes.length;
      if (isSpent === true) letGoOf(bytes);
      if (this.#unsyncedBytes >= this.#limits.unsyncedBytesMax) await this.#keepPace(segment);
    }
    const place = { segment: segment.number, firstChunk, chunks: segment.next - firstChunk };
    const file = { path, sizeBytes, sha256: whole.digest('hex'), ...place };
    this.files.set(path, file);
    this.#unrecorded.push(file);
    if (this.#unrecorded.length >= this.#limits.unrecordedFilesMax) await this.record();
    return file;
  }

  /** Makes durable what was written, and says so; `more` in the same transaction. */
  async record(more: (tx: Writing) => Promise<void> = async () => {}): Promise<void> {
    if (this.#segment !== null) await this.#sync(this.#segment);
    const rows = this.#unrecorded.map((file) => ({ export: this.#export, ...file }));
    await this.#catalogue.write(async (tx) => {
      for (const row of rows) await tx.insertInto('exportFiles').values(row).execute();
      await more(tx);
    });
    this.#unrecorded = [];
  }

  async close(): Promise<void> {
    const segment = this.#segment;
    this.#segment = null;
    await this.#syncing.catch(() => {}); // it failed already for whoever wrote
    await segment?.clip.close();
  }

  /** Memory stays bounded: one load is written while the next one is made, and no more. */
  async #keepPace({ clip }: Segment): Promise<void> {
    await this.#syncing;
    this.#unsyncedBytes = 0;
    this.#syncing = clip.sync();
    // Whoever waits for it next hears of a failure.
    this.#syncing.catch(() => {});
  }

  async #sync({ clip }: Segment): Promise<void> {
    await this.#syncing;
    await clip.sync();
    this.#unsyncedBytes = 0;
  }

  /** The segment for the next file: a new one when the last is full. */
  async #room(): Promise<Segment> {
    const open = this.#segment;
    if (open !== null && open.next < this.#limits.segmentChunks) return open;
    const last = [...this.files.values()].reduce((most, { segment }) => Math.max(most, segment), 0);
    await this.close();
    const segment = await this.#open(open === null ? last : open.number + 1);
    if (segment.next < this.#limits.segmentChunks) this.#segment = segment;
    else {
      await segment.clip.close();
      this.#segment = await this.#open(segment.number + 1);
    }
    return this.#segment;
  }

  async #open(number: number): Promise<Segment> {
    const key = segmentKey(this.#export, number);
    const clip = await this.#bags.vault.open(key, await this.#bags.keys.obtain(key));
    // After what a killed run left: a chunk is written once.
    const next = [...clip.chunks().keys()].reduce((most, index) => Math.max(most, index), -1) + 1;
    return { number, clip, next };
  }
}

/** Small pieces gathered, large ones cut; what fits and comes alone is passed on as it is. */
async function* pieces(content: BagContent): AsyncIterable<BagPiece> {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  const take = (): BagPiece => {
    const bytes = gathered.length === 1 ? (gathered[0] as Uint8Array) : Buffer.concat(gathered);
    gathered = [];
    gatheredBytes = 0;
    return { bytes };
  };
  for await (const piece of content) {
    if (piece.sha256 !== undefined && piece.bytes.length <= bagPieceBytesMax) {
      if (gatheredBytes > 0) yield take();
      yield piece;
      continue;
    }
    for (let from = 0; from < piece.bytes.length; ) {
      const part = piece.bytes.subarray(from, from + bagPieceBytesMax - gatheredBytes);
      gathered.push(part);
      gatheredBytes += part.length;
      from += part.length;
      if (gatheredBytes === bagPieceBytesMax) yield take();
    }
  }
  if (gatheredBytes > 0) yield take();
}

export const textPieces = (text: string): BagContent => [{ bytes: Buffer.from(text) }];
