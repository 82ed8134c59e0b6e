import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../../cloud-stub/backends/catalogue-file.ts';
import { migrations } from '../../../cloud-stub/backends/catalogue-schema.ts';
import { openMemoryIdentityKeys } from '../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import {
  openCatalogue,
  openMemoryCatalogue,
} from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import { SqliteConnection } from '../../../cloud-stub/backends/sqlite-connection.ts';
import { entryHash, firstPrev, leafBytes } from '../../../cloud-stub/custody/ledger-leaf.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { faults, ledgerContract } from '../../contract/ledger.ts';
import { openCatalogueForTest } from '../../support/cloud/catalogue-rows.ts';
import { seededEntropy } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

ledgerContract(
  'SQL ledger',
  () => openSqlLedger(openMemoryIdentityKeys(seededEntropy('identities'))),
  async () => openMemoryCatalogue(),
);

test('a ledger from before there was a tree gets one, and goes on', async () => {
  const path = join(temporaryFolder(), 'catalogue.sqlite');
  const old = new SqliteConnection(path, { readOnly: false });
  migrate(path, old, migrations.slice(0, 1));
  const insert = old.database.prepare('insert into ledger values (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  let prev = firstPrev;
  for (let seq = 0; seq < 11; seq++) {
    const facts = { n: seq, text: 'é' };
    const entry = { seq, at: seq, kind: 'purged', actor: 'sweeper', thing: null, clip: null };
    const hash = entryHash(leafBytes({ ...entry, facts, prev }));
    insert.run(seq, seq, 'purged', 'sweeper', null, null, JSON.stringify(facts), prev, hash);
    prev = hash;
  }
  old.close();

  const catalogue = await openCatalogueForTest(() => openCatalogue(path));
  const ledger = openSqlLedger(openMemoryIdentityKeys(seededEntropy('identities')));
  expect(await faults(ledger, catalogue)).toEqual([]);
  const entry = { kind: 'purged', at: epochMs(1), actor: 'sweeper', facts: {} } as const;
  expect(await catalogue.write((tx) => ledger.append(tx, entry))).toBe(11);
  expect(await faults(ledger, catalogue)).toEqual([]);
  expect(Buffer.from(await ledger.root(catalogue.read, 12))).toHaveLength(32);
});
