/**
 * The vault in files: `<folder>/<thing>/<clip>.journal`, one append-only journal a clip, stills
 * included.
 */
import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ClipKey,
  type Vault,
  type VaultClip,
  VaultError,
  type VaultReader,
} from '../ports.ts';
import { clipsNamedIn } from './clip-file-names.ts';
import { FileVaultJournal } from './file-vault-journal.ts';
import { FileVaultReader, readRecord } from './file-vault-reader.ts';
import {
  checkPreamble,
  hasDurableRecordBeyond,
  preamble,
  preambleBytes,
  type Scan,
  scanRecords,
} from './file-vault-scan.ts';
import { DurableFolders, syncFolder } from './folders.ts';

export type FileVaultOptions = {
  /** For tests of a disk that fails. */
  readonly openFile?: (path: string, flags: number, mode: number) => Promise<FileHandle>;
};

const suffix = '.journal';

export async function openFileVault(
  folder: string,
  { openFile = open }: FileVaultOptions = {},
): Promise<Vault> {
  const folders = new DurableFolders(folder);
  await folders.ensure(folder);
  return new FileVault(folder, folders, openFile);
}

class FileVault implements Vault {
  readonly #folder: string;
  readonly #folders: DurableFolders;
  readonly #openFile: NonNullable<FileVaultOptions['openFile']>;
  readonly #journals = new Map<string, FileVaultJournal>();
  /** False once the clip was removed meanwhile. */
  readonly #opening = new Map<string, boolean>();
  readonly #readers = new Map<string, Set<FileVaultReader>>();
  /**
   * Journals whose last write failed: what is durable of them. The page cache may still show more.
   */
  readonly #failedAt = new Map<string, number>();

  constructor(
    folder: string,
    folders: DurableFolders,
    openFile: NonNullable<FileVaultOptions['openFile']>,
  ) {
    this.#folder = folder;
    this.#folders = folders;
    this.#openFile = openFile;
  }

  async open(key: ClipKey, dataKey: KeyObject): Promise<VaultClip> {
    const path = this.#path(key);
    assert(
      !this.#journals.has(path) && !this.#opening.has(path),
      'a clip is open for appending once at a time',
    );
    this.#opening.set(path, true);
    try {
      await this.#folders.ensure(dirname(path));
      const file = await this.#openFile(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        const journal = await this.#recover(key, dataKey, path, file);
        if (this.#opening.get(path) !== true) throw new VaultError(key, 'was removed');
        this.#journals.set(path, journal);
        return journal;
      } catch (error) {
        await file.close();
        // The removal came before there was a file to unlink. [RET-7]
        if (this.#opening.get(path) !== true) await this.#unlink(path);
        throw error;
      }
    } catch (error) {
      if (error instanceof VaultError) throw error;
      throw new VaultError(key, 'cannot be opened for appending', { cause: error });
    } finally {
      this.#opening.delete(path);
    }
  }

  /** Brings the journal to a state of which every byte is whole and durable. */
  async #recover(
    key: ClipKey,
    dataKey: KeyObject,
    path: string,
    file: FileHandle,
  ): Promise<FileVaultJournal> {
    const failedAt = this.#failedAt.get(path);
    if (failedAt !== undefined && (await file.stat()).size > failedAt)
      await file.truncate(failedAt);
    const { size } = await file.stat();
    const check = checkPreamble(file.fd, dataKey);
    if (check === 'foreign') throw new VaultError(key, 'was written with another data key');
    const scan = await scanRecords(file.fd, check === 'blank' ? 0 : size);
    const endBytes = await wholeBytes(key, dataKey, file, scan);
    if (endBytes < size) {
      if (await hasDurableRecordBeyond(file.fd, endBytes, size)) {
        throw new VaultError(key, `was altered at byte ${endBytes}, before its end`);
      }
      await file.truncate(endBytes);
      scan.contents.cut(endBytes);
    }
    if (check === 'blank') await file.write(preamble(dataKey), 0, preambleBytes, 0);
    await Promise.all([file.datasync(), syncFolder(dirname(path))]);
    this.#failedAt.delete(path);
    return new FileVaultJournal(file, key, dataKey, {
      contents: scan.contents,
      durableBytes: endBytes,
      onFailed: (_journal, durableBytes) => this.#failedAt.set(path, durableBytes),
      onClose: (journal) => {
        if (this.#journals.get(path) === journal) this.#journals.delete(path);
      },
    });
  }

  async openRead(key: ClipKey, dataKey: KeyObject): Promise<VaultReader | null> {
    const path = this.#path(key);
    const file = await this.#openToRead(key, path);
    if (file === null) return null;
    try {
      const { size } = await file.stat();
      const check = checkPreamble(file.fd, dataKey);
      if (check === 'foreign') throw new VaultError(key, 'was written with another data key');
      const { contents } = await scanRecords(file.fd, check === 'blank' ? 0 : size);
      return this.#register(path, file, key, dataKey, contents);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async remove(key: ClipKey): Promise<void> {
    const path = this.#path(key);
    this.#journals.get(path)?.abandon();
    this.#journals.delete(path);
    if (this.#opening.has(path)) this.#opening.set(path, false);
    for (const reader of this.#readers.get(path) ?? []) reader.abandon();
    try {
      await this.#unlink(path);
    } catch (error) {
      throw new VaultError(key, 'cannot be removed', { cause: error });
    }
    this.#failedAt.delete(path);
  }

  async #unlink(path: string): Promise<void> {
    await rm(path, { force: true });
    // An earlier try may have been cut off between unlink and sync: the folder is synced all the same.
    if (await exists(dirname(path))) await syncFolder(dirname(path));
  }

  list(): AsyncIterable<ClipKey> {
    return clipsNamedIn(this.#folder, suffix);
  }

  async #openToRead(key: ClipKey, path: string): Promise<FileHandle | null> {
    try {
      return await this.#openFile(path, constants.O_RDONLY, 0);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw new VaultError(key, 'cannot be opened for reading', { cause: error });
    }
  }

  #register(
    path: string,
    file: FileHandle,
    key: ClipKey,
    dataKey: KeyObject,
    contents: Scan['contents'],
  ): VaultReader {
    const readers = this.#readers.get(path) ?? new Set();
    const reader = new FileVaultReader(file, key, dataKey, contents, (closed) => {
      readers.delete(closed);
      if (readers.size === 0) this.#readers.delete(path);
    });
    readers.add(reader);
    this.#readers.set(path, readers);
    return reader;
  }

  #path({ thing, clip }: ClipKey): string {
    return join(this.#folder, thing, `${clip}${suffix}`);
  }
}

/**
 * Where the whole records end. Those that were not known to be durable are decrypted: after a power
 * cut a record can have its header and length, and zeros for contents.
 */
async function wholeBytes(
  key: ClipKey,
  dataKey: KeyObject,
  file: FileHandle,
  scan: Scan,
): Promise<number> {
  const records = [...scan.contents.chunks.values(), ...scan.contents.stills.values()];
  const doubtful = records
    .filter(({ offset }) => offset >= scan.durableBytes)
    .sort((a, b) => a.offset - b.offset);
  for (const record of doubtful) {
    try {
      await readRecord(file, key, dataKey, record);
    } catch (error) {
      if (error instanceof VaultError && error.cause === undefined) return record.offset;
      throw error;
    }
  }
  return scan.endBytes;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
