/** All that a cloud is made of, in memory: it waits for no disk and keeps nothing. */
import { openMemoryIdentityKeys } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { openMemoryLedgerSigner } from '../../cloud-stub/backends/ledger-key.ts';
import { openMemoryKeyVault } from '../../cloud-stub/backends/memory-key-vault.ts';
import { openMemoryVault } from '../../cloud-stub/backends/memory-vault.ts';
import { openMemoryCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import type { Clock, Entropy, Ports } from '../../cloud-stub/ports.ts';

/** `entropyOf`: a source for each purpose, so that what one draws does not change what another gets. */
export function memoryPorts(
  clock: Clock,
  entropyOf: (purpose: 'cloud' | 'identities' | 'ledger') => Entropy,
): Omit<Ports, 'bus'> {
  const entropy = entropyOf('cloud');
  const identities = openMemoryIdentityKeys(entropyOf('identities'));
  return {
    clock,
    entropy,
    catalogue: openMemoryCatalogue(),
    vault: openMemoryVault(),
    keys: openMemoryKeyVault(entropy),
    ledger: openSqlLedger(identities),
    identities,
    ledgerSigner: openMemoryLedgerSigner(entropyOf('ledger')),
  };
}
