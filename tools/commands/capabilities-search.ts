/** Everything in this checkout and in its records in which a capability could hide. [CAP-1] */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { z } from 'zod';
import { routeTable } from '../../cloud-stub/api/route-table.ts';
import { ledgerKinds } from '../../cloud-stub/ledger-kinds.ts';
import type { Searched } from '../../cloud-stub/legal/capabilities.ts';
import { dataClasses, subscriberFields } from '../../cloud-stub/legal/process-rules.ts';
import type { Reading } from '../../cloud-stub/ports.ts';
import { commandNames, eventKinds, triggerKinds } from '../../device/wire/messages.ts';

const lockFile = path.join(import.meta.dirname, '../../package-lock.json');
const lockSchema = z.object({ packages: z.record(z.string(), z.unknown()) });

export async function searchCapabilities(db: Reading): Promise<Searched> {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(lockFile, 'utf8')));
  const columns = await sql<{ readonly name: string }>`
    select tables.name || '.' || columns.name as name
    from sqlite_schema as tables, pragma_table_info(tables.name) as columns
    where tables.type = 'table'
  `.execute(db);
  const names = Object.keys(packages).flatMap((at) => at.split('node_modules/').at(-1) || []);
  return {
    routes: Object.keys(routeTable),
    packages: [...new Set(names)],
    records: [
      ...columns.rows.map(({ name }) => name),
      ...ledgerKinds,
      ...eventKinds,
      ...triggerKinds,
      ...commandNames,
      ...dataClasses,
      ...subscriberFields,
    ],
  };
}
