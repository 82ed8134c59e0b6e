/** Building a bag from what was frozen, from wherever an earlier run came to, up to its seal. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { ExportRow } from '../../catalogue-tables-exports.ts';
import { BagWriter } from './export-bag-writer.ts';
import { freezeCheckpoint } from './export-freeze.ts';
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
  await markAsked(world, row.export);
  const note = await freezeCheckpoint(world, row.export);
  if (note === null) throw new Error(`export ${row.export} has no checkpoint`);
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

export const markAsked = (
  { catalogue, clock }: Pick<ExportWorld, 'catalogue' | 'clock'>,
  id: Ulid,
) =>
  catalogue.write((tx) =>
    tx
      .updateTable('exports')
      .set({ sealAskedAt: clock.now() })
      .where('export', '=', id)
      .where('sealAskedAt', 'is', null)
      .execute(),
  );
