/** What lies where in a backup, and copying files so that each is whole or not there. */
import type { Dirent } from 'node:fs';
import {
  constants,
  copyFile,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { ulidSchema } from '../../../device/wire/ids.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { syncFolder } from '../folders.ts';
import { BackupError } from './backup-error.ts';

/** Below the secrets folder: wrapped keys, mirrored; never part of a backup. */
export const keySafe = 'key-safe';
/** Where a backup's own key lies in the safe. */
export const backupKeys = 'backups';

/** Folders of the data directory that hold encrypted bytes, each with the folder of their keys. */
export const stores = [
  { bytes: 'vault', keys: 'keys' },
  { bytes: 'bags/vault', keys: 'bags/keys' },
] as const;
/** Folders of wrapped keys: of clips, of bags, of identities. */
export const keyFolders = [...stores.map(({ keys }) => keys), 'identities'] as const;

export const sealedCatalogue = 'catalogue.sealed';
export const manifestName = 'backup.json';
export const unfinishedName = 'unfinished.json';
/** In a data directory: a restore has begun and not ended. No cloud starts there. */
export const restoringName = 'restoring.json';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const origin = z.strictObject({
  v: z.literal(1),
  backup: ulidSchema,
  /** Tells which master key the keys are wrapped by. */
  masterCheck: hash,
});
export const unfinishedSchema = origin;
export const restoringSchema = origin;
export const manifestSchema = origin.extend({
  takenAt: z.int().transform(epochMs),
  /** How many entries, and the hash of the last one. */
  ledger: z.strictObject({ size: z.int().min(0), head: hash }),
  catalogueSha256: hash,
  files: z.int().min(0),
  bytes: z.int().min(0),
});
export type Manifest = z.infer<typeof manifestSchema>;
export type Origin = z.infer<typeof origin>;

export async function readJson<Value>(
  path: string,
  schema: z.ZodType<Value>,
): Promise<Value | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text.toString()));
  } catch (error) {
    throw new BackupError(`${path} is not what its name says`, { cause: error });
  }
}

/** Whole or not there, durably. */
export async function writeDurably(path: string, bytes: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  await syncFolder(dirname(path));
}

/** As `writeDurably`; false when there is no such file any more. The name is durable once its folder is synced. */
export async function copyDurably(
  from: string,
  to: string,
  partSuffix = '.part',
): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const part = `${to}${partSuffix}`;
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const file = await open(part, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, to);
  return true;
}

/** Overwritten, then unlinked; each durable before the next. */
export async function eraseFile(path: string, random: Uint8Array): Promise<void> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (file === null) return;
  try {
    const { size } = await file.stat();
    for (let at = 0; at < size; at += random.length) {
      await file.write(random, 0, Math.min(random.length, size - at), at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rm(path);
  await syncFolder(dirname(path));
}

/** Every file below a folder, by its path from there; none when there is no folder. */
export async function* filesBelow(folder: string, from = folder): AsyncIterable<string> {
  let entries: AsyncIterable<Dirent>;
  try {
    entries = await opendir(from);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for await (const entry of entries) {
    const path = join(from, entry.name);
    if (entry.isDirectory()) yield* filesBelow(folder, path);
    else if (entry.isFile() && !entry.name.endsWith('.part')) yield relative(folder, path);
  }
}

export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
