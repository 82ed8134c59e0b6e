/** A folder that is gone when the bench is over, also when that is by Ctrl-C: some hold gigabytes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folders = new Set<string>();
process.on('exit', () => {
  for (const folder of folders) removeScratch(folder);
});

export function scratchFolder(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `doorbell-bench-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
