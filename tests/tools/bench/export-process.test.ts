import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exportId } from '../../../tools/bench/export-order.ts';
import { type ExportStore, fillStore, openExportStore } from '../../../tools/bench/export-store.ts';
import { verifyBag } from '../../../tools/verify/verify-bag.ts';
import { unpack } from '../../support/cloud/export-office.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const program = fileURLToPath(new URL('../../../tools/bench/export-process.ts', import.meta.url));

test('an export that is killed again and again ends with a bag that verifies [EXP-6]', async () => {
  const folder = temporaryFolder();
  const store = await openExportStore(folder);
  await fillStore(store, 3);
  for (const mib of [2, 6, 12]) {
    const child = spawn(process.execPath, [program, 'seal', folder], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await waitFor(
      'so much in the store, or the end',
      async () => (await storedMib(store)) >= mib || hasEnded(child),
    );
    child.kill('SIGKILL');
    await ended;
  }
  const last = spawn(process.execPath, [program, 'seal', folder], { stdio: 'ignore' });
  expect((await once(last, 'exit'))[0]).toBe(0);
  const bag = await store.exports.open(exportId);
  if (bag === null) throw new Error('what was sealed can be opened');
  const unpacked = await unpack(bag, join(folder, 'unpacked'));
  await bag.close();
  await store.close();
  expect(await verifyBag(unpacked)).toMatchObject({ valid: true, faults: [], clips: 3 });
});

const hasEnded = ({ exitCode }: { readonly exitCode: number | null }) => exitCode !== null;

/** What the bag's store holds so far. */
async function storedMib({ world }: ExportStore): Promise<number> {
  let bytes = 0;
  for await (const key of world.bags.vault.list()) {
    const dataKey = await world.bags.keys.find(key);
    const reader = dataKey === null ? null : await world.bags.vault.openRead(key, dataKey);
    for (const { length } of reader?.chunks().values() ?? []) bytes += length;
    await reader?.close();
  }
  return bytes / 1024 ** 2;
}
