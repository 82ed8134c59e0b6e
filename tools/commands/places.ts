/** Where things lie below the data folder, unless told otherwise. */
import { existsSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { CommandFailure } from './failure.ts';

export type Places = {
  readonly data: string;
  /** Catalogue, vault and wrapped keys; never the master key. */
  readonly cloud: string;
  /** The master key, which wraps the clips' keys. */
  readonly secrets: string;
  readonly pki: string;
  readonly log: string;
  /** How commands reach a cloud that runs on this data folder: address and owner's token. */
  readonly contact: string;
  /** How an operator's commands reach a cloud that takes such. */
  readonly operator: string;
  readonly device: (thing: string) => string;
  readonly identity: (thing: string) => string;
};

const defaultData = '.data';

/** `--data`, else DOORBELL_DATA, else `.data` in this folder. */
export function placesOf(data: string | undefined): Places {
  const root = givenFolder(data ?? process.env['DOORBELL_DATA'] ?? defaultData);
  return {
    data: root,
    cloud: path.join(root, 'cloud'),
    secrets: path.join(root, 'secrets'),
    pki: path.join(root, 'pki'),
    log: path.join(root, 'log'),
    contact: path.join(root, 'contact.json'),
    operator: path.join(root, 'secrets', 'operator.json'),
    device: (thing) => path.join(root, 'devices', thing),
    identity: (thing) => path.join(root, 'devices', thing, 'identity'),
  };
}

const procfs = 0x9fa0;

/**
 * A folder that somebody names, absolute. Refused below /proc, which says of a new folder that its parent is missing:
 * Node's recursive mkdir then makes the parent and asks again, for ever.
 */
export function givenFolder(folder: string): string {
  const given = path.resolve(folder);
  let there = given;
  while (!existsSync(there)) there = path.dirname(there);
  if (statfsSync(there).type !== procfs) return given;
  throw new CommandFailure(
    `${given}: nothing can be stored in ${there}, give a folder on a disk`,
    2,
  );
}
