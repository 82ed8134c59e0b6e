/** Released records other than footage, as they stand when they are frozen. */
import type { Ulid } from '../../device/wire/ids.ts';
import { isoTime } from '../../device/wire/time.ts';
import type { ReleasedRecord } from '../legal/export-order.ts';
import type { Catalogue } from '../ports.ts';

type Db = Catalogue['read'];

/** `keys`: those of legal-desk-records.ts. One that has expired since is left out. */
export async function releasedRecords(
  db: Db,
  keys: readonly string[],
): Promise<readonly ReleasedRecord[]> {
  const found: ReleasedRecord[] = [];
  for (const key of keys) {
    const record = await recordOf(db, key);
    if (record !== null) found.push(record);
  }
  return found;
}

async function recordOf(db: Db, key: string): Promise<ReleasedRecord | null> {
  const [kind, subject = '', detail = ''] = key.split('/');
  if (kind === 'subscriber') return subscriberRecord(db, subject as Ulid, detail);
  const row = await db
    .selectFrom('events')
    .select(['account', 'thing', 'at', 'kind', 'data'])
    .where('thing', '=', subject as never)
    .where('seq', '=', Number(detail))
    .executeTakeFirst();
  if (row === undefined) return null;
  const { data, ...rest } = row;
  return { class: 'non-content', ...rest, facts: JSON.parse(data) as Record<string, unknown> };
}

async function subscriberRecord(
  db: Db,
  account: Ulid,
  field: string,
): Promise<ReleasedRecord | null> {
  const row = await db
    .selectFrom('accounts')
    .leftJoin('escrows', 'escrows.account', 'accounts.account')
    .select(['accounts.name', 'accounts.openedAt', 'accounts.closedAt'])
    .select('escrows.name as escrowedName')
    .where('accounts.account', '=', account)
    .executeTakeFirst();
  if (row === undefined) return null;
  // Of a closed account the name is in escrow, for as long as anything of it is held. [DEL-5]
  const name = row.closedAt === null ? row.name : (row.escrowedName ?? undefined);
  const until = row.closedAt === null ? '' : ` to ${isoTime(row.closedAt)}`;
  const values: Readonly<Record<string, string | undefined>> = {
    name,
    'service-length-and-types': `doorbell service from ${isoTime(row.openedAt)}${until}`,
    'subscriber-number': account,
  };
  const value = values[field];
  if (value === undefined) return null;
  return { class: 'subscriber', account, field: field as 'name', value };
}
