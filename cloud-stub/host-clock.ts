/**
 * The clock of a cloud on this host: this machine's, or a virtual one that an operator moves. What lies between the
 * cloud and the outside (sockets, sessions, the broker's limits) lives by this machine's clock in any case.
 */
import { rmSync } from 'node:fs';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EpochMs } from '../device/wire/time.ts';
import { systemClock } from './backends/system-clock.ts';
import { openVirtualClock, type VirtualClock } from './backends/virtual-clock.ts';
import { countedPorts } from './backends/work-in-flight.ts';
import type { CloudConfig } from './config.ts';
import type { Catalogue, Clock, Entropy, Ports } from './ports.ts';
import { lastEntryAt } from './services/retention/clock-watch.ts';

export type HostClock = {
  readonly clock: Clock;
  readonly virtual: VirtualClock | null;
  /**
   * For talking with doorbells in real time: it tells the cloud's time, but what it waits for passes by itself. A
   * doorbell that does not answer must not keep its owner waiting until someone moves the time.
   */
  readonly linkClock: Clock;
  /** The ports as the services get them: a virtual clock waits for what they wait for. */
  watch(ports: Ports): Ports;
};

/** `given` stands for this machine's clock, where the caller has another. */
export async function openHostClock(
  wanted: CloudConfig['clock'],
  given: Clock | undefined,
  catalogue: Catalogue,
): Promise<HostClock> {
  if (wanted === 'real') {
    const clock = given ?? systemClock;
    return { clock, virtual: null, linkClock: clock, watch: (ports) => ports };
  }
  const virtual = openVirtualClock(wanted.virtualFrom ?? (await whereItStood(catalogue)));
  const { monotonic, setTimer } = systemClock;
  return {
    clock: virtual,
    virtual,
    linkClock: { now: virtual.now, monotonic, setTimer },
    watch: (ports) => countedPorts(ports, virtual.work),
  };
}

/** Virtual time stood still while nobody ran it: it goes on at the last entry of the ledger. */
async function whereItStood(catalogue: Catalogue): Promise<EpochMs> {
  return (await lastEntryAt(catalogue)) ?? systemClock.now();
}

/** How the operator's commands reach this cloud, and with which token; another at each start. */
export type OperatorContact = {
  readonly path: string;
  readonly token: string;
  /** Only once the API listens. */
  write(url: string): Promise<void>;
  remove(): void;
};

export function makeOperatorContact(secrets: string, entropy: Entropy): OperatorContact {
  const path = join(secrets, 'operator.json');
  const token = Buffer.from(entropy.bytes(32)).toString('base64url');
  return {
    path,
    token,
    async write(url) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const unfinished = `${path}.new`;
      await writeFile(unfinished, `${JSON.stringify({ url, token }, null, 2)}\n`, { mode: 0o600 });
      await chmod(unfinished, 0o600);
      await rename(unfinished, path);
    },
    remove: () => rmSync(path, { force: true }),
  };
}
