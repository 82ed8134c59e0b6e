/**
 * An export's world that dies at the n-th step: after a call that changes something, and before a
 * sync, when there is something to lose. Before any other call is after the one before it.
 */
import type { BagStore, VaultClip } from '../../../cloud-stub/ports.ts';
import type { Sealer, TimeStamper } from '../../../cloud-stub/ports-sealing.ts';
import type { ExportWorld } from '../../../cloud-stub/services/exports/export-world.ts';
import { type Around, crashingCatalogue, killSwitch } from './crashing-ports.ts';

export type CrashingExports = { readonly world: ExportWorld; readonly steps: readonly string[] };

/** `killAt` counts the steps from 0; none is reached with Infinity. */
export function crashingExports(world: ExportWorld, killAt: number): CrashingExports {
  const { steps, step } = killSwitch(killAt);
  const around = async <Result>(name: string, act: () => Promise<Result>): Promise<Result> => {
    if (name === 'sync' || steps.length === 0) step(`before ${name}`);
    const result = await act();
    step(`after ${name}`);
    return result;
  };
  const { catalogue, bags, sealer, stamper } = world;
  return {
    steps,
    world: {
      ...world,
      catalogue: crashingCatalogue(catalogue, around),
      bags: crashingBags(bags, around),
      sealer: {
        seal: (...of: Parameters<Sealer['seal']>) => around('seal', () => sealer.seal(...of)),
        rootPem: () => sealer.rootPem(),
        chainPem: (signers) => sealer.chainPem(signers),
      },
      stamper: {
        stamp: (...of: Parameters<TimeStamper['stamp']>) =>
          around('stamp', () => stamper.stamp(...of)),
        rootPem: () => stamper.rootPem(),
        chainPem: () => stamper.chainPem(),
      },
    },
  };
}

const crashingBags = ({ vault, keys }: BagStore, around: Around): BagStore => ({
  vault: {
    open: async (...of) => crashingClip(await around('open', () => vault.open(...of)), around),
    openRead: (...of) => vault.openRead(...of),
    remove: (key) => around('remove', () => vault.remove(key)),
    list: () => vault.list(),
  },
  keys: {
    obtain: (key) => around('obtain', () => keys.obtain(key)),
    find: (key) => keys.find(key),
    destroy: (key) => around('destroy', () => keys.destroy(key)),
    list: () => keys.list(),
  },
});

const crashingClip = (clip: VaultClip, around: Around): VaultClip => ({
  chunks: () => clip.chunks(),
  read: (index) => clip.read(index),
  still: (still) => clip.still(still),
  stills: () => clip.stills(),
  append: (...of) => clip.append(...of),
  addStill: (...of) => clip.addStill(...of),
  sync: () => around('sync', () => clip.sync()),
  // Closed as a killed process closes its files: whatever was queued may be written or not.
  close: () => clip.close(),
});
