/** The cloud's records on disk, for commands that work beside a running cloud or without one. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { RedoLogError } from '../../cloud-stub/backends/backup/redo-record.ts';
import { cryptoEntropy } from '../../cloud-stub/backends/crypto-entropy.ts';
import { openFileKeyVault } from '../../cloud-stub/backends/file-key-vault.ts';
import { openFileVault } from '../../cloud-stub/backends/file-vault.ts';
import { identityKeysIn } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { openFileLedgerSigner } from '../../cloud-stub/backends/ledger-key.ts';
import { openHostCatalogue } from '../../cloud-stub/host-backup.ts';
import type { BagStore, KeyVault, Ports } from '../../cloud-stub/ports.ts';
import { startFailure } from '../../cloud-stub/start-failure.ts';
import { clockBeside } from './cloud-time.ts';
import { CommandFailure } from './failure.ts';
import { type Places, placesOf } from './places.ts';

export type Records = Omit<Ports, 'bus' | 'vault' | 'keys'>;

/** Opens the catalogue and what its ledger needs for `work`, and closes it whatever happens. */
export async function withRecords<Result>(
  data: string | undefined,
  work: (records: Records) => Promise<Result>,
): Promise<Result> {
  const places = placesOf(data);
  const file = path.join(places.cloud, 'catalogue.sqlite');
  if (!existsSync(file)) {
    throw new CommandFailure(`no cloud has run on this data folder: there is no ${file}`, 2);
  }
  const folders = { data: places.cloud, secrets: places.secrets };
  const catalogue = await orFail(async () => openHostCatalogue(folders));
  try {
    const identities = identityKeysIn(await openKeys(places, 'identities'));
    const ledgerSigner = await orFail(() =>
      openFileLedgerSigner({
        path: path.join(places.secrets, 'ledger.key'),
        entropy: cryptoEntropy,
      }),
    );
    const ledger = openSqlLedger(identities);
    const clock = await clockBeside(data);
    const seams = { clock, entropy: cryptoEntropy, ledger, ledgerSigner, identities };
    return await work({ ...seams, catalogue });
  } catch (error) {
    // Nothing is written where the key safe is gone, or where this folder was restored elsewhere.
    if (error instanceof RedoLogError) throw new CommandFailure(error.message, 2, { cause: error });
    throw error;
  } finally {
    await catalogue.close();
  }
}

/** All that is stored, for `work`. */
export function withStorage<Result>(
  data: string | undefined,
  work: (storage: Omit<Ports, 'bus'> & { readonly bags?: BagStore }) => Promise<Result>,
): Promise<Result> {
  const places = placesOf(data);
  return withRecords(data, async (records) => {
    const vault = await openFileVault(path.join(places.cloud, 'vault'));
    const storage = { ...records, vault, keys: await openKeys(places, 'keys') };
    const bagFolder = path.join(places.cloud, 'bags', 'vault');
    if (!existsSync(bagFolder)) return work(storage);
    const bagKeys = await openKeys(places, 'bags/keys');
    return work({ ...storage, bags: { vault: await openFileVault(bagFolder), keys: bagKeys } });
  });
}

const openKeys = (places: Places, folder: string): Promise<KeyVault> =>
  orFail(() =>
    openFileKeyVault({
      folder: path.join(places.cloud, folder),
      masterKeyPath: path.join(places.secrets, 'master.key'),
      entropy: cryptoEntropy,
    }),
  );

async function orFail<Result>(open: () => Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    const sentence = startFailure(error);
    if (sentence === null) throw error;
    throw new CommandFailure(sentence, 2, { cause: error });
  }
}
