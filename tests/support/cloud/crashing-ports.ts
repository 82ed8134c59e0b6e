/**
 * Storage that dies at the n-th step: before or after one of the calls that change something. Once
 * dead every call fails, as nothing runs in a process that was killed.
 */
import type { Catalogue } from '../../../cloud-stub/ports.ts';
import type { Storage } from './cloud-storage.ts';

export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Counts what is done from 0 and dies at `killAt`; with Infinity never. */
export function killSwitch(killAt: number) {
  const steps: string[] = [];
  let dead = false;
  const step = (name: string): void => {
    if (dead) throw new Killed();
    if (steps.length === killAt) dead = true;
    steps.push(name);
    if (dead) throw new Killed(name);
  };
  return { steps, step };
}

export type CrashingStorage = Storage & {
  /** The steps that were reached, in order. */
  readonly steps: readonly string[];
};

/** Does `act` between two steps that tell of it. */
export type Around = <Result>(name: string, act: () => Promise<Result>) => Promise<Result>;

export const crashingCatalogue = (catalogue: Catalogue, around: Around): Catalogue => ({
  read: catalogue.read,
  changes: () => catalogue.changes(),
  write: (work) => around('write', () => catalogue.write(work)),
  scrub: () => around('scrub', () => catalogue.scrub()),
  check: () => catalogue.check(),
  close: () => catalogue.close(),
});

/** `killAt` counts the steps from 0; none is reached with Infinity. */
export function crashingStorage(storage: Storage, killAt: number): CrashingStorage {
  const { steps, step } = killSwitch(killAt);
  const around = async <Result>(name: string, act: () => Promise<Result>): Promise<Result> => {
    step(`before ${name}`);
    const result = await act();
    step(`after ${name}`);
    return result;
  };
  const { catalogue, vault, keys } = storage;
  return {
    ...storage,
    steps,
    catalogue: crashingCatalogue(catalogue, around),
    vault: {
      open: (key, dataKey) => vault.open(key, dataKey),
      openRead: (key, dataKey) => vault.openRead(key, dataKey),
      list: () => vault.list(),
      remove: (key) => around('remove', () => vault.remove(key)),
    },
    keys: {
      obtain: (key) => keys.obtain(key),
      find: (key) => keys.find(key),
      list: () => keys.list(),
      destroy: (key) => around('destroy', () => keys.destroy(key)),
    },
  };
}
