/** The cloud's records on disk, for commands that work beside a running cloud or without one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cryptoEntropy } from '../../cloud-stub/backends/crypto-entropy.ts';
import { openFileKeyVault } from '../../cloud-stub/backends/file-key-vault.ts';
import { openFileVault } from '../../cloud-stub/backends/file-vault.ts';
import { sqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { openFileLedgerSigner } from '../../cloud-stub/backends/ledger-key.ts';
import { openCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import type { Ports } from '../../cloud-stub/ports.ts';
import { startFailure } from '../../cloud-stub/start-failure.ts';
import { CommandFailure } from './failure.ts';
import { placesOf } from './places.ts';

/** Opens the catalogue alone for `work`, and closes it whatever happens. */
export async function withRecords<Result>(
  data: string | undefined,
  work: (records: Omit<Ports, 'bus' | 'vault' | 'keys' | 'ledgerSigner'>) => Promise<Result>,
): Promise<Result> {
  const file = path.join(placesOf(data).cloud, 'catalogue.sqlite');
  if (!existsSync(file)) {
    throw new CommandFailure(`no cloud has run on this data folder: there is no ${file}`, 2);
  }
  const catalogue = orFail(() => openCatalogue(file));
  try {
    const seams = { clock: systemClock, entropy: cryptoEntropy, ledger: sqlLedger };
    return await work({ ...seams, catalogue });
  } finally {
    await catalogue.close();
  }
}

/** All that is stored, for `work`. */
export function withStorage<Result>(
  data: string | undefined,
  work: (storage: Omit<Ports, 'bus'>) => Promise<Result>,
): Promise<Result> {
  const places = placesOf(data);
  return withRecords(data, async (records) => {
    const vault = await openFileVault(path.join(places.cloud, 'vault'));
    const keys = await openFileKeyVault({
      folder: path.join(places.cloud, 'keys'),
      masterKeyPath: path.join(places.secrets, 'master.key'),
      entropy: cryptoEntropy,
    });
    const ledgerSigner = await openFileLedgerSigner({
      path: path.join(places.secrets, 'ledger.key'),
      entropy: cryptoEntropy,
    });
    return work({ ...records, vault, keys, ledgerSigner });
  });
}

function orFail<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    const sentence = startFailure(error);
    if (sentence === null) throw error;
    throw new CommandFailure(sentence, 2, { cause: error });
  }
}
