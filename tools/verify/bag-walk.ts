/** Every name under a bag's folder: regular files that may be in a bag, and a fault for all else. */
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { bagLimits, caseFolded, pathFault } from '../../cloud-stub/legal/export-manifest.ts';
import type { Faults } from './fault.ts';

export type FoundFile = {
  readonly path: string;
  readonly sizeBytes: number;
  readonly device: number;
  readonly inode: number;
};

export type Walk = {
  readonly files: ReadonlyMap<string, FoundFile>;
  /** False: there was more than can be a bag, and it was not looked at. */
  readonly isWhole: boolean;
};

export async function walkBag(folder: string, faults: Faults): Promise<Walk> {
  const files = new Map<string, FoundFile>();
  const folded = new Map<string, string>();
  let names = 0;

  async function walk(inside: string): Promise<boolean> {
    let isEmpty = true;
    for await (const { name } of await opendir(join(folder, inside))) {
      isEmpty = false;
      if (++names > 2 * bagLimits.filesMax) {
        faults.add('files', null, `has more than ${bagLimits.filesMax} files`);
        return false;
      }
      const path = inside === '' ? name : `${inside}/${name}`;
      if (!isAllowed(path)) continue;
      const found = await lstat(join(folder, path));
      if (found.isDirectory()) {
        if (!(await walk(path))) return false;
        continue;
      }
      const because = kindFault(found);
      if (because !== null) faults.add('name', path, because);
      else {
        const { size: sizeBytes, dev: device, ino: inode } = found;
        files.set(path, { path, sizeBytes, device, inode });
      }
    }
    if (isEmpty) faults.add('name', inside, 'is an empty folder, which no list names');
    return true;
  }

  function isAllowed(path: string): boolean {
    const fault = path === 'fetch.txt' ? 'asks for files that are not in the bag' : pathFault(path);
    if (fault !== null) {
      faults.add('name', path, fault);
      return false;
    }
    const twin = folded.get(caseFolded(path));
    if (twin !== undefined) {
      faults.add('name', path, `differs from ${twin} in case only, which some disks cannot hold`);
      return false;
    }
    folded.set(caseFolded(path), path);
    return true;
  }

  const isWhole = await walk('');
  return { files, isWhole };
}

type Stats = Awaited<ReturnType<typeof lstat>>;

function kindFault(found: Stats): string | null {
  if (found.isSymbolicLink()) return 'is a symbolic link';
  if (!found.isFile()) return 'is not a regular file';
  if (found.nlink > 1) return 'has another name elsewhere (a hard link)';
  return null;
}
