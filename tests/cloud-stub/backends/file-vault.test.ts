import { openFileVault } from '../../../cloud-stub/backends/file-vault.ts';
import { vaultContract } from '../../contract/vault.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

vaultContract('file vault', () => openFileVault(temporaryFolder()));
