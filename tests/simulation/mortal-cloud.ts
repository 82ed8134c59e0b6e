/** The whole cloud over memory, which is killed at any step and starts again on what it had made durable. */
import assert from 'node:assert/strict';
import { pino } from 'pino';
import { countedPorts } from '../../cloud-stub/backends/work-in-flight.ts';
import { type Cloud, openCloud } from '../../cloud-stub/cloud.ts';
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import type { ClipKey, Ports } from '../../cloud-stub/ports.ts';
import { type DurationMs, type EpochMs, later, milliseconds } from '../../device/wire/time.ts';
import { memoryPorts } from '../../tools/simulation/memory-ports.ts';
import { hashEntropy } from '../../tools/simulation/simulated-cloud.ts';
import type { VirtualTime } from '../../tools/simulation/virtual-time.ts';
import type { Chance } from './chance.ts';
import { type DiskTrouble, makeFaultyDisks } from './disk-trouble.ts';
import type { FaultyNetwork } from './faulty-network.ts';
import { type Durable, isFault, type MortalPorts, mortalPorts } from './mortal-ports.ts';

export type MortalCloud = {
  /** Of the run that lives; null: none does. */
  running(): Cloud | null;
  /** What it is made of, running or not. */
  readonly storage: Omit<Ports, 'bus'>;
  readonly durable: Durable;
  /** Again and again, if it dies while it starts. `dieAt`: it dies at that step of the start. */
  start(dieAt?: number): Promise<void>;
  kill(): void;
  dieAt(steps: number): void;
  failSyncs(count: number): void;
  setDisks(trouble: DiskTrouble): void;
  /** How far its wall clock is off from now on. */
  setClock(offMs: DurationMs): void;
  /** By its wall clock. */
  now(): EpochMs;
  /** Resolves when a run that died has lost what it had not synced. */
  buried(): Promise<void>;
  close(): Promise<void>;
};

export function makeMortalCloud(options: {
  readonly time: VirtualTime;
  readonly network: FaultyNetwork;
  readonly policy: Policy;
  readonly seed: string;
  readonly chance: Chance;
  readonly onDestroy: (key: ClipKey) => void;
}): MortalCloud {
  const { time, network, policy, seed, chance, onDestroy } = options;
  const base = memoryPorts(time.clock, (purpose) => hashEntropy(`${seed}/${purpose}`));
  const storage = countedPorts(base, time.clock.work);
  const durable: Durable = { records: new Map() };
  const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const disks = makeFaultyDisks(time.clock, chance);
  let clockOffMs = milliseconds(0);
  let cloud: Cloud | null = null;
  let life: MortalPorts | null = null;
  let burial: Promise<void> = Promise.resolve();

  function die(): void {
    const dying = life;
    if (dying === null) return;
    cloud = null;
    life = null;
    // Its broker dies with it, and hears nothing of the links that break.
    network.openBus();
    network.setUp(false);
    burial = dying.kill();
  }

  async function startOnce(dieAt: number): Promise<boolean> {
    await burial;
    const own = mortalPorts(storage, {
      ...{ durable, chance, disks, onDeath: die, onDestroy },
      clockOff: () => clockOffMs,
    });
    life = own;
    own.dieAt(dieAt);
    const bus = countedPorts({ bus: network.openBus() }, time.clock.work);
    try {
      cloud = await time.advanceWhile(openCloud({ ...own.ports, ...bus }, policy, log));
    } catch (error) {
      if (!isFault(error)) throw error;
      die();
      await burial;
      return false;
    }
    if (life !== own) return false; // it died with its last step
    network.setUp(true);
    own.dieAt(Number.POSITIVE_INFINITY);
    return true;
  }

  return {
    running: () => cloud,
    storage,
    durable,
    async start(dieAt = Number.POSITIVE_INFINITY) {
      if (life !== null) return;
      for (let tries = 0; life === null && tries < 100; tries++) {
        await startOnce(tries === 0 ? dieAt : Number.POSITIVE_INFINITY);
      }
      assert(life !== null, 'it starts some day');
    },
    kill: die,
    dieAt: (steps) => life?.dieAt(steps),
    failSyncs: (count) => life?.failSyncs(count),
    setDisks: disks.set,
    setClock(offMs) {
      clockOffMs = offMs;
    },
    now: () => later(time.clock.now(), clockOffMs),
    buried: () => burial,
    async close() {
      if (cloud !== null) await time.advanceWhile(cloud.stop());
      await storage.catalogue.close();
    },
  };
}
