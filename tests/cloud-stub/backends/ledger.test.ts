import { openMemoryIdentityKeys } from '../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import { openMemoryCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import { ledgerContract } from '../../contract/ledger.ts';
import { seededEntropy } from '../../support/clip-samples.ts';

ledgerContract(
  'SQL ledger',
  () => openSqlLedger(openMemoryIdentityKeys(seededEntropy('identities'))),
  async () => openMemoryCatalogue(),
);
