/** What becomes of a sealed bag: handed over, and removed when its window ends. [RET-10] */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { RecordClass } from '../retention/record-classes.ts';
import { findExport } from './export-rows.ts';
import { type ExportWorld, exportActor } from './export-world.ts';
import type { Exports } from './exports.ts';

export const putDelivered = (
  { catalogue, clock, ledger }: ExportWorld,
  id: Ulid,
  actor: string,
): Promise<boolean> =>
  catalogue.write(async (tx) => {
    const row = await findExport(tx, id);
    if (row?.state !== 'sealed') return false;
    const at = clock.now();
    if (row.deliveredAt === null) {
      await tx.updateTable('exports').set({ deliveredAt: at }).where('export', '=', id).execute();
    }
    const facts = { export: id, demand: row.demand };
    await ledger.append(tx, { kind: 'export-delivered', at, actor, facts });
    return true;
  });

/** Only the tombstone stays. False: there is no such export. */
export const buryExport = (
  { catalogue, clock, ledger, leases }: ExportWorld,
  id: Ulid,
  because: string,
): Promise<boolean> =>
  catalogue.write(async (tx) => {
    const row = await findExport(tx, id);
    if (row === null) return false;
    if (row.state === 'removed') return true;
    const at = clock.now();
    for (const table of ['exportFiles', 'exportClips', 'exportRecords'] as const) {
      await tx.deleteFrom(table).where('export', '=', id).execute();
    }
    await tx
      .updateTable('exports')
      .set({ state: 'removed', removedAt: at, sealOrder: '{}', checkpointNote: null })
      .where('export', '=', id)
      .execute();
    if (row.state === 'leased') await leases.end(tx, id, 'given-up');
    const facts = { export: id, demand: row.demand, because, wasSealed: row.state === 'sealed' };
    await ledger.append(tx, { kind: 'export-purged', at, actor: exportActor, facts });
    return true;
  });

/** Bags as a class of records that the sweeper removes when their window ends. */
export function expiringBags(
  { catalogue, clock }: Pick<ExportWorld, 'catalogue' | 'clock'>,
  exports: Pick<Exports, 'remove'>,
): RecordClass {
  const sealed = () => catalogue.read.selectFrom('exports').where('state', '=', 'sealed');
  return {
    name: 'exports',
    async nextDueAt() {
      const first = await sealed()
        .select('expiresAt')
        .orderBy('expiresAt')
        .limit(1)
        .executeTakeFirst();
      return first?.expiresAt ?? null;
    },
    async sweep() {
      const due = await sealed().select('export').where('expiresAt', '<=', clock.now()).execute();
      for (const row of due) await exports.remove(row.export, 'window-ended');
      return due.length;
    },
  };
}
