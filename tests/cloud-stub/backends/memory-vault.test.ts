import { openMemoryKeyVault } from '../../../cloud-stub/backends/memory-key-vault.ts';
import { openMemoryVault } from '../../../cloud-stub/backends/memory-vault.ts';
import { keyVaultContract } from '../../contract/key-vault.ts';
import { vaultContract } from '../../contract/vault.ts';
import { seededEntropy } from '../../support/cloud/clip-samples.ts';

vaultContract('memory vault', async () => openMemoryVault());
keyVaultContract('memory key vault', async () => openMemoryKeyVault(seededEntropy(1)));
