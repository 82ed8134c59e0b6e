import { sqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import { openMemoryCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import { ledgerContract } from '../../contract/ledger.ts';

ledgerContract('SQL ledger', sqlLedger, async () => openMemoryCatalogue());
