/** A doorbell on the faulty network, whose power fails at any step of its flash; and a copy of all it ever recorded. */
import type { Board, ButtonEdge } from '../../device/board.ts';
import { type Config, configSchema } from '../../device/config.ts';
import { bootFirmware, type Firmware } from '../../device/firmware.ts';
import { silentLog } from '../../device/log.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { hours, later, milliseconds, type UptimeMs, uptimeMs } from '../../device/wire/time.ts';
import { createForgetfulFlash } from '../../tools/simulation/forgetful-flash.ts';
import { makeSeededCertificate } from '../../tools/simulation/seeded-certificate.ts';
import { makeSeededKey } from '../../tools/simulation/seeded-key.ts';
import { hashEntropy } from '../../tools/simulation/simulated-cloud.ts';
import {
  createSimulatedImager,
  type SimulatedImager,
} from '../../tools/simulation/simulated-imager.ts';
import type { VirtualTime } from '../../tools/simulation/virtual-time.ts';
import { createRecord, type Recorded } from '../support/doorbell-session.ts';
import type { Chance } from './chance.ts';
import type { FaultyNetwork } from './faulty-network.ts';

export type MortalBell = {
  readonly thing: ThingName;
  /** PEM. */
  readonly certificate: string;
  /** What the harness saw become durable, through all boots. */
  readonly recorded: Recorded;
  isOn(): boolean;
  powerOn(): Promise<void>;
  /** At once, or at the n-th change of the flash from now. */
  cutPower(atOperation?: number): void;
  press(): Promise<void>;
  setMotion(on: boolean): void;
  setFlashCapacity(bytes: number): void;
  /** How far its wall clock is off from now on, and whether it believes that it was ever set. */
  setClock(offMs: number, synced: boolean): void;
  /** No picture comes any more, so that a day costs nothing. */
  sleep(): void;
  /** Nothing waits for the cloud. */
  isDrained(): boolean;
};

type Boot = {
  readonly firmware: Firmware;
  readonly imager: SimulatedImager;
  readonly press: (kind: ButtonEdge['kind']) => void;
};

const fragmentBytes = 130_000;

export async function makeMortalBell(options: {
  readonly name: string;
  readonly time: VirtualTime;
  readonly network: FaultyNetwork;
  readonly seed: string;
  readonly chance: Chance;
}): Promise<MortalBell> {
  const { name, time, network, seed, chance } = options;
  const thing = name as ThingName;
  const key = makeSeededKey(`${seed}/${name}`);
  const entropy = hashEntropy(`${seed}/${name}/entropy`);
  const config: Config = configSchema.parse({
    thing,
    clip: { preRollMs: 2_000, postRollMs: 3_000 },
    health: { everyMs: hours(24) },
  });
  const recorded = createRecord();
  let flash = createForgetfulFlash();
  let capacityBytes = 64 * 1024 * 1024;
  let clockError = { offMs: 0, synced: true };
  /** Counts boots; what an earlier one still wants to do is not heard. */
  let life = 0;
  let boot: Boot | null = null;

  function cutPower(): void {
    life++;
    boot?.imager.sleep();
    boot = null;
    network.drop(thing);
    flash = flash.cutPower(() => chance.unit());
    flash.setCapacity(capacityBytes);
  }

  async function powerOn(): Promise<void> {
    if (boot !== null) return;
    const own = ++life;
    const isOn = (): boolean => life === own;
    const bootedAtMs = time.clock.monotonic();
    const uptime = (): UptimeMs => uptimeMs(time.clock.monotonic() - bootedAtMs);
    const clock: Board['clock'] = {
      now: () => later(time.clock.now(), milliseconds(clockError.offMs)),
      uptime,
      syncedAt: () => (clockError.synced ? uptimeMs(0) : null),
      setTimer: (timer, delay, act) =>
        time.clock.setTimer(timer, delay, () => {
          if (isOn()) act();
        }),
    };
    const imager = createSimulatedImager(clock, { label: `footage of ${name}`, fragmentBytes });
    const listeners: ((edge: ButtonEdge) => void)[] = [];
    const board: Board = {
      clock,
      entropy,
      imager,
      flash,
      link: network.makeLink(thing, isOn),
      signer: key,
      button: { onEdge: (listener) => void listeners.push(listener) },
      sensors: { onChange: () => {} },
    };
    const firmware = await time.advanceWhile(
      bootFirmware(board, config, silentLog).catch((error: unknown) => {
        if (error instanceof Error && error.name === 'PowerOff') return null;
        throw error;
      }),
    );
    if (firmware === null || !isOn()) return;
    firmware.subscribe(recorded.note);
    boot = {
      firmware,
      imager,
      press: (kind) => {
        for (const listener of listeners) listener({ kind, at: uptime() });
      },
    };
  }

  return {
    thing,
    certificate: await makeSeededCertificate(thing, key, later(time.clock.now(), hours(-24))),
    recorded,
    isOn: () => boot !== null,
    powerOn,
    cutPower(atOperation) {
      if (atOperation === undefined) cutPower();
      else flash.failFrom(atOperation, cutPower);
    },
    async press() {
      const { press } = boot ?? {};
      press?.('pressed');
      await time.advance(milliseconds(150));
      press?.('released');
    },
    setMotion: (on) => boot?.imager.setMotion(on),
    setFlashCapacity(bytes) {
      capacityBytes = bytes;
      flash.setCapacity(bytes);
    },
    setClock(offMs, synced) {
      clockError = { offMs, synced };
    },
    sleep: () => boot?.imager.sleep(),
    isDrained() {
      const spool = boot?.firmware.state().spool;
      return spool !== undefined && spool.clips === 0 && spool.events === 0;
    },
  };
}
