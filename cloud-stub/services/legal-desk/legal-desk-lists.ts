/** Lists and files of the desk, in pages, for whoever may read them. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Matter } from '../../legal/matter.ts';
import { stages } from '../../legal/matter.ts';
import { processIds } from '../../legal/process-rules.ts';
import { deskRoles } from '../../legal/roles.ts';
import type { Catalogue } from '../../ports.ts';
import type { ReadDocument } from '../exports/export-world.ts';
import type { OpenBag } from '../exports/exports.ts';
import type { DemandPage, DemandQuery, ItemPage, ItemQuery } from './legal-desk.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { decidedItems } from './legal-desk-views.ts';
import type { DeskWorld } from './legal-desk-world.ts';
import type { Principal } from './principals.ts';
import type { ServedFile } from './served-documents.ts';

export async function listDemands(
  { ports }: DeskWorld,
  by: Principal,
  { stage, after, limit }: DemandQuery,
): Promise<DemandPage> {
  const isAll = by.roles.some((role) => deskRoles.includes(role) || role === 'auditor');
  if (!isAll && by.agency === null) return { items: [], next: null };
  const count = Math.min(Math.max(1, limit), deskLimits.pageItemsMax);
  let query = ports.catalogue.read
    .selectFrom('demands')
    .innerJoin('agencies', 'agencies.agency', 'demands.agency')
    .select(['demand', 'process', 'agencies.name', 'caseNumber', 'receivedAt', 'stage'])
    .orderBy('demand', 'desc')
    .limit(count + 1);
  if (!isAll) query = query.where('demands.agency', '=', by.agency as Ulid);
  if (stage !== undefined) query = query.where('stage', '=', stage);
  if (after !== undefined) query = query.where('demand', '<', after);
  const rows = await query.execute();
  const items = rows.slice(0, count).map(({ name, process, stage: at, ...row }) => ({
    ...row,
    agency: name,
    process: processIds.find((each) => each === process) ?? 'foreign-demand',
    stage: stages.find((each) => each === at) ?? 'closed',
  }));
  return { items, next: rows.length > count ? (items.at(-1)?.demand ?? null) : null };
}

/** `forAgency`: without what would tell it more than its demand reaches. */
export async function readItems(
  { ports }: DeskWorld,
  demand: Ulid,
  { after, limit }: ItemQuery,
  forAgency: boolean,
): Promise<ItemPage> {
  const count = Math.min(Math.max(1, limit), deskLimits.pageItemsMax);
  const options = { agencyOnly: forAgency, ...(after === undefined ? {} : { after }) };
  const found = [];
  for await (const page of decidedItems(ports.catalogue.read, demand, options)) {
    found.push(...page.map(({ item }) => item));
    if (found.length > count) break;
  }
  const items = found.slice(0, count);
  return { items, next: found.length > count ? (items.at(-1)?.key ?? null) : null };
}

export async function readPaper({ ports }: DeskWorld, demand: Ulid): Promise<ServedFile | null> {
  const row = await ports.catalogue.read
    .selectFrom('demands')
    .innerJoin('documents', 'documents.sha256', 'demands.documentSha256')
    .select(['mediaType', 'bytes'])
    .where('demand', '=', demand)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { name: `served-paper-${demand}`, mediaType: row.mediaType, bytes: row.bytes };
}

export async function readBag({ exports }: DeskWorld, matter: Matter): Promise<OpenBag | null> {
  if (exports === null || matter.export?.sealedAt == null) return null;
  return exports.open(matter.export.id);
}

/** Served papers, by their hash, for the bag's legal file. */
export const makeReadDocument =
  ({ read }: Pick<Catalogue, 'read'>): ReadDocument =>
  async (sha256) => {
    const row = await read
      .selectFrom('documents')
      .select('bytes')
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    return row?.bytes ?? null;
  };
