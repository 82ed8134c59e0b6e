/**
 * The ports of one run of the cloud, which may die at any call that changes something, before or after it took effect.
 * A dead run changes nothing any more: its transactions roll back, its timers never fire, and what its vault had not
 * synced is lost, in whole or from some record on.
 */
import { hash, type KeyObject } from 'node:crypto';
import type { ClipKey, Ports, StoredChunk, Vault, VaultClip } from '../../cloud-stub/ports.ts';
import { VaultError } from '../../cloud-stub/ports.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import { type DurationMs, later } from '../../device/wire/time.ts';
import type { Chance } from './chance.ts';
import { DiskFault, type FaultyDisks } from './disk-trouble.ts';

export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Of this world, not of what lives in it. */
export const isFault = (error: unknown): boolean =>
  error instanceof Killed ||
  error instanceof DiskFault ||
  (error instanceof Error && error.cause !== undefined && isFault(error.cause));

type Storage = Omit<Ports, 'bus'>;

/** What the disks of all runs keep for good: the SHA-256 of each chunk and still, by `recordName`. */
export type Durable = { readonly records: Map<string, string> };
export const clipName = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;
export const recordName = (key: ClipKey, record: number | Ulid): string =>
  `${clipName(key)}#${record}`;

export type MortalPorts = {
  readonly ports: Storage;
  /** It dies at the n-th step from now, counted from 0. */
  dieAt(steps: number): void;
  /** As `kill -9` does. Again: nothing happens. */
  kill(): Promise<void>;
  /** The disk takes nothing for the next so many syncs. */
  failSyncs(count: number): void;
};

export function mortalPorts(
  base: Storage,
  {
    durable,
    chance,
    disks,
    clockOff,
    onDeath,
    onDestroy,
  }: {
    readonly durable: Durable;
    readonly chance: Chance;
    readonly disks: FaultyDisks;
    /** How far its wall clock is off. */
    readonly clockOff: () => DurationMs;
    readonly onDeath: () => void;
    /** A key is about to be destroyed. */
    readonly onDestroy: (key: ClipKey) => void;
  },
): MortalPorts {
  let dead = false;
  let stepsLeft = Number.POSITIVE_INFINITY;
  let syncsToFail = 0;
  const open = new Set<ForgetfulClip>();

  const living = (): void => {
    if (dead) throw new Killed('this run of the cloud is over');
  };
  function step(): void {
    living();
    if (stepsLeft-- > 0) return;
    dead = true;
    onDeath();
    throw new Killed('here');
  }
  async function around<Result>(
    what: string,
    act: () => Promise<Result>,
    mayBeDone = true,
  ): Promise<Result> {
    step();
    const result = await disks.around(what, act, mayBeDone);
    step();
    return result;
  }
  /** A read answers late, and never a run that is over. */
  async function reading<Result>(act: () => Promise<Result>): Promise<Result> {
    living();
    const result = await act();
    await disks.pause();
    living();
    return result;
  }
  const vaultFault =
    (key: ClipKey) =>
    (error: unknown): never => {
      throw error instanceof DiskFault ? new VaultError(key, 'cannot', { cause: error }) : error;
    };
  const sync = async (act: () => Promise<void>, key: ClipKey): Promise<void> => {
    if (syncsToFail > 0) {
      syncsToFail--;
      throw new VaultError(key, 'no space left on device');
    }
    await around('sync', act, false).catch(vaultFault(key));
  };

  const { clock, catalogue, vault, keys } = base;
  const ports: Storage = {
    ...base,
    clock: {
      now: () => later(clock.now(), clockOff()),
      monotonic: () => clock.monotonic(),
      setTimer: (name, delay, act) =>
        clock.setTimer(name, delay, () => {
          if (!dead) act();
        }),
    },
    catalogue: {
      read: catalogue.read,
      changes: () => catalogue.changes(),
      async write(work) {
        step();
        const result = await disks.around(
          'a transaction',
          () =>
            catalogue.write(async (tx) => {
              const decided = await work(tx);
              step();
              disks.mayFail('a commit');
              return decided;
            }),
          true,
        );
        step();
        return result;
      },
      scrub: () => around('scrub', () => catalogue.scrub()),
      check: () => catalogue.check(),
      close: () => catalogue.close(),
    },
    keys: {
      obtain: (key) => around('a key', () => keys.obtain(key)),
      find: (key) => reading(() => keys.find(key)),
      destroy: (key) =>
        around('the end of a key', () => {
          onDestroy(key);
          return keys.destroy(key);
        }),
      list: () => keys.list(),
    },
    vault: {
      async open(key, dataKey) {
        step();
        const clip = await openForgetful(vault, key, dataKey, durable, (act) => sync(act, key));
        open.add(clip);
        try {
          await disks.pause();
          disks.mayFail('open');
          living();
        } catch (error) {
          await clip.close();
          return vaultFault(key)(error);
        }
        return clip;
      },
      openRead: (key, dataKey) => reading(() => vault.openRead(key, dataKey)),
      remove: (key) => around('unlink', () => vault.remove(key)).catch(vaultFault(key)),
      list: () => vault.list(),
    },
  };
  return {
    ports,
    dieAt(steps) {
      stepsLeft = steps;
    },
    async kill() {
      dead = true;
      for (const clip of open) await clip.lose(chance);
      open.clear();
    },
    failSyncs(count) {
      syncsToFail = count;
    },
  };
}

type ForgetfulClip = VaultClip & { lose(chance: Chance): Promise<void> };
type Unsynced =
  | { readonly index: number; readonly bytes: Uint8Array; readonly sha256: Uint8Array }
  | { readonly still: Ulid; readonly bytes: Uint8Array };

async function openForgetful(
  vault: Vault,
  key: ClipKey,
  dataKey: KeyObject,
  durable: Durable,
  sync: (act: () => Promise<void>) => Promise<void>,
): Promise<ForgetfulClip> {
  const clip = await vault.open(key, dataKey);
  let unsynced: Unsynced[] = [];
  let closed = false;
  /** After a failed sync it is of no more use, and what was not durable is gone from its sight. */
  let failure: unknown = null;
  const put = (records: readonly Unsynced[]): void => {
    for (const record of records) {
      if ('still' in record) clip.addStill(record.still, record.bytes);
      else clip.append(record.index, record.bytes, record.sha256);
    }
  };
  const tell = (records: readonly Unsynced[]): void => {
    for (const record of records) {
      const name = recordName(key, 'still' in record ? record.still : record.index);
      durable.records.set(name, hash('sha256', record.bytes, 'hex'));
    }
  };
  const flush = async (): Promise<void> => {
    const records = unsynced;
    unsynced = [];
    put(records);
    await clip.sync();
    tell(records);
  };
  const useful = (): void => {
    if (failure !== null) throw failure;
  };
  return {
    chunks(): ReadonlyMap<number, StoredChunk> {
      const all = new Map(clip.chunks());
      for (const record of unsynced) {
        if ('still' in record) continue;
        all.set(record.index, { length: record.bytes.length, sha256: record.sha256 });
      }
      return all;
    },
    stills: () => [
      ...clip.stills(),
      ...unsynced.flatMap((record) => ('still' in record ? [record.still] : [])),
    ],
    read: (index) => clip.read(index),
    still: (still) => clip.still(still),
    append(index, bytes, sha256) {
      useful();
      unsynced.push({ index, bytes: Uint8Array.from(bytes), sha256 });
    },
    addStill(still, bytes) {
      useful();
      unsynced.push({ still, bytes: Uint8Array.from(bytes) });
    },
    async sync() {
      useful();
      try {
        await sync(flush);
      } catch (error) {
        if (error instanceof VaultError) {
          failure = error;
          unsynced = [];
        }
        throw error;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await clip.close();
    },
    async lose(chance) {
      if (closed) return;
      closed = true;
      try {
        const survivors = unsynced.slice(0, chance.between(0, unsynced.length));
        put(survivors);
        tell(survivors);
      } catch (error) {
        if (!(error instanceof VaultError)) throw error; // removed by a purge meanwhile
      }
      await clip.close();
    },
  };
}
