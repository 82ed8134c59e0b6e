import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openMemoryCatalogue } from '../../../../cloud-stub/backends/sqlite-catalogue.ts';
import { dueClips } from '../../../../cloud-stub/services/retention/due-clips.ts';
import { days, later } from '../../../../device/wire/time.ts';
import {
  deviceNamed,
  newYear,
  openCatalogueForTest,
  storedClip,
} from '../../../support/cloud/catalogue-rows.ts';

test('more clips than a page holds, due in the same millisecond, come each once [RET-1]', async () => {
  const catalogue = await openCatalogueForTest(openMemoryCatalogue);
  const rows = 4096 + 100;
  await catalogue.write(async (tx) => {
    await tx.insertInto('devices').values(deviceNamed('porch')).execute();
    await tx.insertInto('clips').values(storedClip(1)).execute();
    // Copies of it under other names, made where they are.
    const names = (await tx.introspection.getTables()).find(({ name }) => name === 'clips');
    const columns = (names?.columns ?? [])
      .map(({ name }) => name)
      .filter((name) => name !== 'clip');
    const named = columns.map((name) => sql.ref(name));
    const copied = columns.map((name) => sql.ref(name === 'seq' ? 'n' : name));
    await sql`
      with recursive n(n) as (select 2 union all select n + 1 from n where n < ${rows})
      insert into clips (clip, ${sql.join(named)})
      select '01' || printf('%024d', n) as clip, ${sql.join(copied)}
      from clips, n`.execute(tx);
  });
  const seen: string[] = [];
  for await (const page of dueClips(catalogue.read, 'stored', later(newYear, days(60)))) {
    seen.push(...page.map(({ clip }) => clip));
    if (seen.length > 2 * rows) break;
  }
  expect(seen).toHaveLength(rows);
  expect(new Set(seen).size).toBe(rows);
});
