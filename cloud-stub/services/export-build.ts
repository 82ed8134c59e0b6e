/** Building a bag from what was frozen, from wherever an earlier run came to, up to its seal. */
import type { ExportRow } from '../catalogue-tables-exports.ts';
import { BagWriter } from './export-bag-writer.ts';
import { exportLimits } from './export-limits.ts';
import { writePayload } from './export-payload.ts';
import { filesOf } from './export-rows.ts';
import { sealBag } from './export-seal.ts';
import { writeTags } from './export-tags.ts';
import type { ExportWorld } from './export-world.ts';

/** Null: it is sealed. `isStopped` is asked between files. */
export async function buildBag(
  world: ExportWorld,
  row: ExportRow,
  isStopped: () => boolean,
): Promise<'lease-over' | 'stopped' | null> {
  const { catalogue } = world;
  const note = await checkpointNote(world, row);
  const writer = new BagWriter(world, row.export, await filesOf(catalogue.read, row.export));
  const life = heartbeat(world, row, isStopped);
  try {
    await writePayload(world, row, writer, life.goOn);
    if (await life.goOn()) await writeTags(world, row, writer, note);
    if (await life.goOn()) await sealBag(world, row, writer, note);
    return life.ended();
  } finally {
    await writer.close();
  }
}

/** The lease is renewed now and then; without it the footage may go at any time. */
function heartbeat(
  { clock, catalogue, leases }: ExportWorld,
  row: ExportRow,
  isStopped: () => boolean,
) {
  let renewedAt: number | null = null;
  let ended: 'lease-over' | 'stopped' | null = null;
  return {
    ended: () => ended,
    async goOn(): Promise<boolean> {
      if (isStopped()) ended ??= 'stopped';
      if (ended !== null) return false;
      const now = clock.now();
      if (renewedAt === null || now - renewedAt >= exportLimits.heartbeatMs) {
        if (!(await catalogue.write((tx) => leases.renew(tx, row.export)))) ended = 'lease-over';
        renewedAt = now;
      }
      return ended === null;
    },
  };
}

/** Had once, so that a bag built in two runs is the same; its row says that a seal was asked for. */
async function checkpointNote(
  { catalogue, checkpoints }: ExportWorld,
  { export: id, ledgerSize, checkpointNote: known }: ExportRow,
): Promise<string> {
  if (known !== null) return known;
  const signed = await checkpoints.covering(ledgerSize - 1);
  if (signed === null) throw new Error(`no checkpoint covers entry ${ledgerSize - 1}`);
  const { note } = signed;
  await catalogue.write((tx) =>
    tx.updateTable('exports').set({ checkpointNote: note }).where('export', '=', id).execute(),
  );
  return note;
}
