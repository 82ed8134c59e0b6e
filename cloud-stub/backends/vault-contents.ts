/** What a clip's journal holds, by chunk index and still, and where. */
import type { Ulid } from '../../device/wire/ids.ts';
import type { StoredChunk } from '../ports.ts';
import type { RecordPlace } from './vault-sealing.ts';

/** `offset` is that of the record's header. */
export type StoredRecord = StoredChunk & { readonly place: RecordPlace; readonly offset: number };

export class VaultContents {
  readonly chunks = new Map<number, StoredRecord>();
  readonly stills = new Map<Ulid, StoredRecord>();

  add(record: StoredRecord): void {
    if (record.place.kind === 'chunk') this.chunks.set(record.place.index, record);
    else this.stills.set(record.place.still, record);
  }

  has(place: RecordPlace): boolean {
    return place.kind === 'chunk' ? this.chunks.has(place.index) : this.stills.has(place.still);
  }

  /** Forgets what begins at `offset` or after it. */
  cut(offset: number): void {
    for (const [index, record] of this.chunks)
      if (record.offset >= offset) this.chunks.delete(index);
    for (const [still, record] of this.stills)
      if (record.offset >= offset) this.stills.delete(still);
  }

  copy(): VaultContents {
    const copy = new VaultContents();
    for (const record of this.chunks.values()) copy.add(record);
    for (const record of this.stills.values()) copy.add(record);
    return copy;
  }
}
