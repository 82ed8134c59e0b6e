/**
 * The key vault in files: `<folder>/<thing>/<clip>.key` holds one clip's data key, wrapped by the
 * master key with AES-256-GCM and the clip's name as additional data. `<folder>/<thing>/destroyed`
 * names the clips whose key was destroyed, so that none is ever made anew; it holds no key
 * material. Nothing caches a data key: a destroyed one must not linger in memory.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ClipKey, Entropy, KeyVault } from '../ports.ts';
import { clipsNamedIn } from './clip-file-names.ts';
import { DestroyedKeys } from './file-key-vault-destroyed.ts';
import { openMasterKey } from './file-key-vault-master.ts';
import { DurableFolders, syncFolder } from './folders.ts';
import { KeyDestroyedError, KeyVaultError } from './key-vault-error.ts';
import { Turnstile } from './turnstile.ts';

const suffix = '.key';
const magic = Buffer.from('DBK1');
const nonceBytes = 12;
const dataKeyBytes = 32;
const tagBytes = 16;
const fileBytes = magic.length + nonceBytes + dataKeyBytes + tagBytes;

export type FileKeyVaultOptions = {
  readonly folder: string;
  /** Outside the data directory; made at the first start. */
  readonly masterKeyPath: string;
  readonly entropy: Entropy;
};

/** Throws MasterKeyError when there are keys but not the master key that wraps them. */
export async function openFileKeyVault(options: FileKeyVaultOptions): Promise<KeyVault> {
  const folders = new DurableFolders(options.folder);
  await folders.ensure(options.folder);
  return new FileKeyVault(options, await openMasterKey(options), folders);
}

/** Key files open at once. */
const overwrites = new Turnstile(32);

class FileKeyVault implements KeyVault {
  readonly #folder: string;
  readonly #entropy: Entropy;
  readonly #master: KeyObject;
  readonly #folders: DurableFolders;
  readonly #destroyed: DestroyedKeys;
  /** What is being done about a clip's key; the next waits for it. */
  readonly #busy = new Map<string, Promise<unknown>>();

  constructor(options: FileKeyVaultOptions, master: KeyObject, folders: DurableFolders) {
    this.#folder = options.folder;
    this.#entropy = options.entropy;
    this.#master = master;
    this.#folders = folders;
    this.#destroyed = new DestroyedKeys(options.folder);
  }

  obtain(key: ClipKey): Promise<KeyObject> {
    return this.#inTurn(key, async () => {
      if (await this.#destroyed.has(key)) {
        throw new KeyDestroyedError(key);
      }
      return (await this.#read(key)) ?? (await this.#make(key));
    });
  }

  find(key: ClipKey): Promise<KeyObject | null> {
    return this.#inTurn(key, async () =>
      (await this.#destroyed.has(key)) ? null : this.#read(key),
    );
  }

  /**
   * Marks it destroyed, overwrites it with random bytes, unlinks it; each step durable before the
   * next. [RET-6]
   */
  destroy(key: ClipKey): Promise<void> {
    return this.#inTurn(key, async () => {
      const path = this.#path(key);
      await this.#folders.ensure(dirname(path));
      await this.#destroyed.add(key);
      if (!(await overwrites.run(() => this.#overwrite(path)))) return;
      // Another process that destroys it as well may have been the quicker one.
      await rm(path, { force: true });
      await syncFolder(dirname(path));
    });
  }

  /** False: there is no such file. */
  async #overwrite(path: string): Promise<boolean> {
    const file = await openIfThere(path);
    if (file === null) return false;
    try {
      await file.write(this.#entropy.bytes(fileBytes), 0, fileBytes, 0);
      // Neither its length nor its place changes.
      await file.datasync();
    } finally {
      await file.close();
    }
    return true;
  }

  list(): AsyncIterable<ClipKey> {
    return clipsNamedIn(this.#folder, suffix);
  }

  async #read(key: ClipKey): Promise<KeyObject | null> {
    let wrapped: Buffer;
    try {
      wrapped = await readFile(this.#path(key));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw new KeyVaultError(key, 'its data key cannot be read', { cause: error });
    }
    return this.#unwrap(key, wrapped);
  }

  /** Written beside, synced, renamed: a key file is whole or not there. */
  async #make(key: ClipKey): Promise<KeyObject> {
    const path = this.#path(key);
    const dataKey = this.#entropy.bytes(dataKeyBytes);
    await this.#folders.ensure(dirname(path));
    const temporary = `${path}.new`;
    await writeFile(temporary, this.#wrap(key, dataKey), { mode: 0o600, flush: true });
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return createSecretKey(dataKey);
  }

  #wrap(key: ClipKey, dataKey: Uint8Array): Buffer {
    const nonce = this.#entropy.bytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#master, nonce);
    cipher.setAAD(additionalData(key));
    const ciphertext = Buffer.concat([cipher.update(dataKey), cipher.final()]);
    return Buffer.concat([magic, nonce, ciphertext, cipher.getAuthTag()]);
  }

  #unwrap(key: ClipKey, wrapped: Buffer): KeyObject {
    if (wrapped.length !== fileBytes || !wrapped.subarray(0, magic.length).equals(magic)) {
      throw new KeyVaultError(key, 'its data key file is not one');
    }
    const nonce = wrapped.subarray(magic.length, magic.length + nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', this.#master, nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAAD(additionalData(key));
    decipher.setAuthTag(wrapped.subarray(-tagBytes));
    try {
      const ciphertext = wrapped.subarray(magic.length + nonceBytes, -tagBytes);
      return createSecretKey(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
    } catch (error) {
      throw new KeyVaultError(key, 'its data key file was altered', { cause: error });
    }
  }

  async #inTurn<Result>(key: ClipKey, act: () => Promise<Result>): Promise<Result> {
    const path = this.#path(key);
    const before = this.#busy.get(path) ?? Promise.resolve();
    const mine = before.then(act, act);
    this.#busy.set(path, mine);
    try {
      return await mine;
    } finally {
      if (this.#busy.get(path) === mine) this.#busy.delete(path);
    }
  }

  #path({ thing, clip }: ClipKey): string {
    return join(this.#folder, thing, `${clip}${suffix}`);
  }
}

const additionalData = ({ thing, clip }: ClipKey): Buffer => Buffer.from(`${thing}/${clip}`);

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
