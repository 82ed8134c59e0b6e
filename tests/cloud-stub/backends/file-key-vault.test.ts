import { join } from 'node:path';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { keyVaultContract } from '../../contract/key-vault.ts';
import { seededEntropy } from '../../support/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

keyVaultContract('file key vault', () => {
  const folder = temporaryFolder();
  return openFileKeyVault({
    folder: join(folder, 'data', 'keys'),
    masterKeyPath: join(folder, 'secret', 'master.key'),
    entropy: seededEntropy(1),
  });
});
