/** Storage for the benches of custody. */
import { randomBytes } from 'node:crypto';
import { openMemoryIdentityKeys } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { openMemoryLedgerSigner } from '../../cloud-stub/backends/ledger-key.ts';
import { openMemoryKeyVault } from '../../cloud-stub/backends/memory-key-vault.ts';
import { openMemoryVault } from '../../cloud-stub/backends/memory-vault.ts';
import { openMemoryCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import type { Clock, Entropy, Ports } from '../../cloud-stub/ports.ts';

export const entropy: Entropy = { bytes: (count) => randomBytes(count) };

/** A memory vault, and a catalogue that waits for no disk. */
export function memoryPorts(clock: Clock): Omit<Ports, 'bus'> {
  const identities = openMemoryIdentityKeys(entropy);
  return {
    clock,
    entropy,
    catalogue: openMemoryCatalogue(),
    vault: openMemoryVault(),
    keys: openMemoryKeyVault(entropy),
    ledger: openSqlLedger(identities),
    identities,
    ledgerSigner: openMemoryLedgerSigner(entropy),
  };
}
