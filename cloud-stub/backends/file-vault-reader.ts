/** Reading a clip from its journal: only the records asked for are read and decrypted. */
import type { KeyObject } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Ulid } from '../../device/wire/ids.ts';
import { type ClipKey, letGoOf, type StoredChunk, VaultError, type VaultReader } from '../ports.ts';
import { headerBytes } from './file-vault-record.ts';
import type { StoredRecord, VaultContents } from './vault-contents.ts';
import { tagBytes, unseal } from './vault-sealing.ts';

/** One record's plaintext, authenticated. Throws VaultError. */
export async function readRecord(
  file: FileHandle,
  key: ClipKey,
  dataKey: KeyObject,
  record: StoredRecord,
): Promise<Uint8Array> {
  const { place, length, sha256 } = record;
  const name = place.kind === 'chunk' ? `chunk ${place.index}` : `still ${place.still}`;
  const sealed = Buffer.allocUnsafe(length + tagBytes);
  let bytesRead: number;
  try {
    ({ bytesRead } = await file.read(sealed, 0, sealed.length, record.offset + headerBytes));
  } catch (error) {
    throw new VaultError(key, `${name} cannot be read`, { cause: error });
  }
  if (bytesRead < sealed.length) throw new VaultError(key, `${name} is cut short`);
  const ciphertext = sealed.subarray(0, length);
  const tag = sealed.subarray(length);
  const plaintext = unseal(key, dataKey, place, { ciphertext, tag }, sha256);
  letGoOf(sealed);
  if (plaintext === null) throw new VaultError(key, `${name} was altered`);
  return plaintext;
}

export class FileVaultReader implements VaultReader {
  readonly #file: FileHandle;
  readonly #key: ClipKey;
  readonly #dataKey: KeyObject;
  readonly #contents: VaultContents;
  readonly #onClose: (reader: FileVaultReader) => void;
  #removed = false;

  constructor(
    file: FileHandle,
    key: ClipKey,
    dataKey: KeyObject,
    contents: VaultContents,
    onClose: (reader: FileVaultReader) => void,
  ) {
    this.#file = file;
    this.#key = key;
    this.#dataKey = dataKey;
    this.#contents = contents;
    this.#onClose = onClose;
  }

  chunks(): ReadonlyMap<number, StoredChunk> {
    return this.#contents.chunks;
  }

  stills(): readonly Ulid[] {
    return [...this.#contents.stills.keys()];
  }

  async read(index: number): Promise<Uint8Array> {
    const record = this.#contents.chunks.get(index);
    if (record === undefined) throw new VaultError(this.#key, `chunk ${index} is not there`);
    return this.#readRecord(record);
  }

  async still(still: Ulid): Promise<Uint8Array | null> {
    const record = this.#contents.stills.get(still);
    return record === undefined ? null : this.#readRecord(record);
  }

  /** The clip was removed while this was open: nothing more is given out. [RET-7] */
  abandon(): void {
    this.#removed = true;
  }

  async close(): Promise<void> {
    this.#onClose(this);
    await this.#file.close();
  }

  async #readRecord(record: StoredRecord): Promise<Uint8Array> {
    const plaintext = await readRecord(this.#file, this.#key, this.#dataKey, record);
    if (this.#removed) throw new VaultError(this.#key, 'was removed');
    return plaintext;
  }
}
