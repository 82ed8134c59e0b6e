/**
 * The master key: 32 bytes in a file of its own, outside the data directory, so that a copy of the
 * data is worth nothing. `<folder>/.master-check` holds a hash of it, to tell at start a missing or
 * a wrong master key from a first start.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { opendir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Entropy } from '../ports.ts';
import { DurableFolders, syncFolder } from './folders.ts';

const masterKeyBytes = 32;

/** The master key is missing, is not one, or is not the one that wrapped these keys. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`master key ${path}: ${message}`, options);
    this.path = path;
  }
}

export async function openMasterKey({
  folder,
  masterKeyPath,
  entropy,
}: {
  readonly folder: string;
  readonly masterKeyPath: string;
  readonly entropy: Entropy;
}): Promise<KeyObject> {
  if (resolve(masterKeyPath).startsWith(resolve(folder) + sep)) {
    throw new MasterKeyError(masterKeyPath, `lies among the keys it protects (${folder})`);
  }
  const checkPath = join(folder, '.master-check');
  const check = await readIfThere(checkPath);
  const found = await readIfThere(masterKeyPath);
  if (found === null && (check !== null || (await hasKeys(folder)))) {
    throw new MasterKeyError(
      masterKeyPath,
      `is missing, but ${folder} holds keys wrapped by it; put it back, without it no clip can be read`,
    );
  }
  const bytes = found ?? (await makeKeyFile(masterKeyPath, entropy));
  if (bytes.length !== masterKeyBytes) {
    throw new MasterKeyError(
      masterKeyPath,
      `has ${bytes.length} bytes, expected ${masterKeyBytes}`,
    );
  }
  const expected = createHmac('sha256', bytes).update('doorbell master key').digest();
  if (check === null) await writeDurably(checkPath, expected);
  else if (check.length !== expected.length || !timingSafeEqual(check, expected)) {
    throw new MasterKeyError(masterKeyPath, `is not the one that wrapped the keys in ${folder}`);
  }
  return createSecretKey(bytes);
}

async function makeKeyFile(path: string, entropy: Entropy): Promise<Buffer> {
  const bytes = Buffer.from(entropy.bytes(masterKeyBytes));
  await new DurableFolders(dirname(path)).ensure(dirname(path));
  await writeDurably(path, bytes);
  return bytes;
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, bytes, { mode: 0o600, flush: true });
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new MasterKeyError(path, 'cannot be read', { cause: error });
  }
}

async function hasKeys(folder: string): Promise<boolean> {
  for await (const entry of await opendir(folder)) if (entry.isDirectory()) return true;
  return false;
}
