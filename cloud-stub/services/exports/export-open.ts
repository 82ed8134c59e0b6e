/** A sealed bag, opened for reading: file by file, or as one tar to send. */

import type { ExportRow } from '../../catalogue-tables-exports.ts';
import { bagName, compareText } from '../../legal/export-manifest.ts';
import { VaultError } from '../../ports.ts';
import { BagReader, segmentKey } from './export-bag-store.ts';
import { filesOf } from './export-rows.ts';
import { tarBytes, tarOf } from './export-tar.ts';
import type { ExportWorld } from './export-world.ts';
import type { OpenBag } from './exports.ts';

export async function openBag(
  { catalogue, bags }: Pick<ExportWorld, 'catalogue' | 'bags'>,
  row: ExportRow,
): Promise<OpenBag> {
  const stored = await filesOf(catalogue.read, row.export);
  const files = stored.toSorted((a, b) => compareText(a.path, b.path));
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reader = new BagReader(bags, row.export);
  const name = bagName(row.export);
  return {
    name,
    files: files.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, sha256 })),
    read(path) {
      const file = byPath.get(path);
      if (file === undefined) {
        throw new VaultError(segmentKey(row.export, 0), `there is no ${path} in ${name}`);
      }
      return reader.read(file);
    },
    tarBytes: tarBytes(files),
    tar: ({ isLast = true } = {}) =>
      tarOf(name, files, row.leasedAt, (file) => reader.read(file), isLast),
    close: () => reader.close(),
  };
}
