/**
 * Bringing the key safe up to date with a data directory: keys that are new are copied, keys that were destroyed are
 * destroyed there, and the lists of destroyed keys grow. [RET-7]
 */
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isUlid } from '../../../device/wire/ids.ts';
import type { Entropy } from '../../ports.ts';
import { DurableFolders, syncFolder } from '../folders.ts';
import { copyDurably, eraseFile, filesBelow, readIfThere, sizeOf } from './backup-files.ts';

const keySuffix = '.key';
const destroyedList = 'destroyed';

/** From a folder of wrapped keys to its mirror; how many were copied and how many taken back. */
export async function mirrorKeys(
  from: string,
  to: string,
  entropy: Entropy,
): Promise<{ readonly copied: number; readonly erased: number }> {
  const random = entropy.bytes(256);
  let copied = 0;
  for await (const path of filesBelow(from)) {
    if (basename(path) === destroyedList) await mergeDestroyed(join(from, path), join(to, path));
    if (!path.endsWith(keySuffix) && basename(path) !== '.master-check') continue;
    if ((await sizeOf(join(to, path))) !== null) continue;
    if (await copyDurably(join(from, path), join(to, path))) copied++;
  }
  // After the copies: whoever destroyed one meanwhile may have looked here before it was made.
  let erased = 0;
  for await (const path of filesBelow(to)) {
    if (!path.endsWith(keySuffix)) continue;
    const isDestroyed = (await destroyedIn(join(to, dirname(path)))).has(clipOf(path));
    if (!isDestroyed && (await sizeOf(join(from, path))) !== null) continue;
    await eraseFile(join(to, path), random);
    erased++;
  }
  for await (const path of filesBelow(to)) await syncFolder(join(to, dirname(path)));
  return { copied, erased };
}

/** Adds to the list `to` whatever only `from` has. Lists only grow. */
export async function mergeDestroyed(from: string, to: string): Promise<void> {
  const known = await namesIn(to);
  const missing = [...(await namesIn(from))].filter((name) => !known.has(name));
  if (missing.length === 0) return;
  await new DurableFolders(dirname(to)).ensure(dirname(to));
  const file = await open(to, 'a', 0o600);
  try {
    await file.write(`\n${missing.join('\n')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(to));
}

/** The clips of one device whose keys were destroyed. */
export const destroyedIn = (folder: string): Promise<ReadonlySet<string>> =>
  namesIn(join(folder, destroyedList));

export const clipOf = (keyPath: string): string => basename(keyPath).slice(0, -keySuffix.length);

async function namesIn(path: string): Promise<ReadonlySet<string>> {
  const text = await readIfThere(path);
  return new Set(text === null ? [] : text.toString('latin1').split('\n').filter(isUlid));
}
