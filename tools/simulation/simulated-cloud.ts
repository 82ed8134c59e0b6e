/** The cloud stub in memory: the real services over ports that keep nothing, killed and started again at will. */
import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { countedPorts } from '../../cloud-stub/backends/work-in-flight.ts';
import { type Cloud, type CloudOptions, openCloud } from '../../cloud-stub/cloud.ts';
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import type { Clock, Entropy, KeyVault, Ports, Vault, VaultClip } from '../../cloud-stub/ports.ts';
import { memoryPorts } from './memory-ports.ts';
import { openSeededOffice } from './seeded-office.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { WiredBroker } from './wired-bus.ts';

export type SimulatedCloud = {
  /** Of the cloud that runs now. Throws while none does. */
  cloud(): Cloud;
  /** What it is made of, running or not. */
  readonly ports: Omit<Ports, 'bus'>;
  readonly policy: Policy;
  start(): Promise<void>;
  /** As `kill -9` does: nothing is finished, nothing said. */
  kill(): Promise<void>;
  /** It dies so in the middle of the next purge. */
  killInPurge(point: PurgePoint): void;
  /** Whether it died by itself. */
  isRunning(): boolean;
  /** Stops in good order and forgets everything. */
  close(): Promise<void>;
};

/** [RET-6] The intent is committed, then the key is destroyed, then the bytes go, then the row is a tombstone. */
export const purgePoints = ['intended', 'key-destroyed', 'bytes-removed'] as const;
export type PurgePoint = (typeof purgePoints)[number];

export type SimulatedCloudOptions = {
  readonly time: VirtualTime;
  readonly broker: WiredBroker;
  readonly policy: Policy;
  readonly seed: string;
};

type Running = { readonly cloud: Cloud; readonly process: CloudProcess };

export function makeSimulatedCloud(options: SimulatedCloudOptions): SimulatedCloud {
  const { time, broker, policy, seed } = options;
  const ports = memoryPorts(time.clock, (purpose) => hashEntropy(`${seed}/${purpose}`));
  const log = pino({ level: 'silent' });
  let running: Running | null = null;
  let dyingAt: PurgePoint | null = null;
  /** Bags outlive a cloud that is killed. */
  let sealing: CloudOptions['sealing'];

  async function kill(): Promise<void> {
    if (running === null) return;
    const { process } = running;
    running = null;
    // Its broker dies with it, and hears nothing of the links that break.
    broker.openBus();
    broker.setUp(false);
    await process.kill();
  }

  /** Dies there if that is where it shall die. */
  async function passing(point: PurgePoint): Promise<void> {
    if (dyingAt !== point) return;
    dyingAt = null;
    await kill();
    throw new KilledInPurge(point);
  }

  return {
    ports,
    policy,
    cloud() {
      if (running === null) throw new CloudDown();
      return running.cloud;
    },
    async start() {
      if (running !== null) return;
      const process = beginProcess(ports, passing);
      const counted = countedPorts({ ...process.ports, bus: broker.openBus() }, time.clock.work);
      sealing ??= await openSeededOffice(seed, time, hashEntropy(`${seed}/office`));
      const cloud = await time.advanceWhile(openCloud(counted, policy, log, { sealing }));
      running = { cloud, process };
      broker.setUp(true);
    },
    kill,
    killInPurge(point) {
      dyingAt = point;
    },
    isRunning: () => running !== null,
    async close() {
      if (running !== null) await time.advanceWhile(running.cloud.stop());
      running = null;
      await ports.catalogue.close();
    },
  };
}

/** What a purge that was cut off in the middle ends with; nobody is left to hear it. */
class KilledInPurge extends Error {
  override readonly name = 'KilledInPurge';
}

/** No cloud runs. */
export class CloudDown extends Error {
  override readonly name = 'CloudDown';
  constructor() {
    super('the cloud is down');
  }
}

type CloudProcess = { readonly ports: Omit<Ports, 'bus'>; kill(): Promise<void> };

/** Timers and open files of one run, which end with it. */
function beginProcess(
  base: Omit<Ports, 'bus'>,
  passing: (point: PurgePoint) => Promise<void>,
): CloudProcess {
  let on = true;
  const open = new Set<VaultClip>();
  const clock: Clock = {
    now: () => base.clock.now(),
    monotonic: () => base.clock.monotonic(),
    setTimer: (name, delay, act) =>
      base.clock.setTimer(name, delay, () => {
        if (on) act();
      }),
  };
  const vault: Vault = {
    open: async (key, dataKey) => {
      const clip = await base.vault.open(key, dataKey);
      open.add(clip);
      return clip;
    },
    openRead: (key, dataKey) => base.vault.openRead(key, dataKey),
    async remove(key) {
      await base.vault.remove(key);
      await passing('bytes-removed');
    },
    list: () => base.vault.list(),
  };
  const keys: KeyVault = {
    obtain: (key) => base.keys.obtain(key),
    find: (key) => base.keys.find(key),
    list: () => base.keys.list(),
    async destroy(key) {
      await passing('intended');
      await base.keys.destroy(key);
      await passing('key-destroyed');
    },
  };
  return {
    ports: { ...base, clock, vault, keys },
    async kill() {
      on = false;
      for (const clip of open) await clip.close();
    },
  };
}

/** Random bytes that a seed fixes: SHA-256 of the seed and a counter. */
export function hashEntropy(seed: string): Entropy {
  let draws = 0;
  return {
    bytes(count) {
      const parts: Buffer[] = [];
      for (let length = 0; length < count; length += 32) {
        parts.push(createHash('sha256').update(`${seed}#${draws++}`).digest());
      }
      return Uint8Array.from(Buffer.concat(parts).subarray(0, count));
    },
  };
}
