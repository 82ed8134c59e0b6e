/** A doorbell on the faulty network, whose power fails at any step of its flash; and a copy of all it ever recorded. */
import { type Board, type ButtonEdge, FlashError } from '../../device/board.ts';
import { type Config, configSchema } from '../../device/config.ts';
import { bootFirmware, type Firmware } from '../../device/firmware.ts';
import { silentLog } from '../../device/log.ts';
import type { Happening } from '../../device/services/happenings.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import {
  type EpochMs,
  hours,
  later,
  milliseconds,
  type UptimeMs,
  uptimeMs,
} from '../../device/wire/time.ts';
import { createForgetfulFlash, PowerOff } from '../../tools/simulation/forgetful-flash.ts';
import { makeSeededCertificate } from '../../tools/simulation/seeded-certificate.ts';
import { makeSeededKey } from '../../tools/simulation/seeded-key.ts';
import { hashEntropy } from '../../tools/simulation/simulated-cloud.ts';
import {
  createSimulatedImager,
  type SimulatedImager,
} from '../../tools/simulation/simulated-imager.ts';
import type { VirtualTime } from '../../tools/simulation/virtual-time.ts';
import { createRecord, type Recorded } from '../support/device/doorbell-session.ts';
import type { Chance } from './chance.ts';
import { type FlashTrouble, soundFlash, troubledFlash } from './faulty-flash.ts';
import type { FaultyNetwork } from './faulty-network.ts';
import { withRot } from './journal-rot.ts';
import {
  type FootageWatch,
  filmedBy,
  watchedFlash,
  watchedLink,
  watchFootage,
} from './sealed-footage.ts';

export type MortalBell = {
  readonly thing: ThingName;
  /** PEM. */
  readonly certificate: string;
  /** What the harness saw become durable, through all boots. */
  readonly recorded: Recorded;
  readonly footage: FootageWatch;
  /** Clips of which an opening stands on flash. */
  readonly began: ReadonlySet<Ulid>;
  /** When each clip was opened, and each event made, by the time of the world; not of those that lie about it. */
  readonly openedAt: ReadonlyMap<Ulid, EpochMs>;
  readonly madeAt: ReadonlyMap<Ulid, EpochMs>;
  /** Clips opened by a clock that was set, and right. */
  readonly dated: ReadonlySet<Ulid>;
  /** Another certificate for the same key. */
  renewCertificate(): Promise<string>;
  isOn(): boolean;
  powerOn(): Promise<void>;
  /** At once, or at the n-th change of the flash from now. */
  cutPower(atOperation?: number): void;
  /** Its power fails, and meanwhile a bit of its journal flips. */
  rot(): Promise<void>;
  /** It stops in good order, as far as its flash lets it. */
  restart(): void;
  press(): Promise<void>;
  setMotion(on: boolean): void;
  setFlashCapacity(bytes: number): void;
  setFlash(trouble: FlashTrouble): void;
  /** How far its wall clock is off from now on, and whether it believes that it was ever set. */
  setClock(offMs: number, synced: boolean): void;
  /** How much faster than time it runs from now on, in parts of a million. */
  setDrift(partsPerMillion: number): void;
  /** No picture comes any more, so that a day costs nothing. */
  sleep(): void;
  wake(): void;
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
  /** Its owner has its footage sealed. */
  readonly isSealed: boolean;
  readonly onHappening: (happening: Happening) => void;
}): Promise<MortalBell> {
  const { name, time, network, seed, chance, isSealed, onHappening } = options;
  const thing = name as ThingName;
  const key = makeSeededKey(`${seed}/${name}`);
  const entropy = hashEntropy(`${seed}/${name}/entropy`);
  const footage = watchFootage(`footage of ${name}`, `${seed}/${name}`, isSealed);
  const config: Config = configSchema.parse({
    thing,
    clip: { preRollMs: 2_000, postRollMs: 3_000 },
    health: { everyMs: hours(24) },
    encryption: { ownerKeys: [...footage.ownerKeys] },
  });
  let issued = 0;
  const certificateOf = (n: number): Promise<string> =>
    makeSeededCertificate(thing, key, later(time.clock.now(), milliseconds(n - hours(24))));
  const recorded = createRecord();
  const began = new Set<Ulid>();
  const openedAt = new Map<Ulid, EpochMs>();
  const madeAt = new Map<Ulid, EpochMs>();
  const dated = new Set<Ulid>();
  let flash = createForgetfulFlash();
  let capacityBytes = 64 * 1024 * 1024;
  let clockError = { offMs: 0, synced: true };
  let drift = { fromMs: 0, partsPerMillion: 0 };
  let flashTrouble = soundFlash;
  const wallErrorMs = (): number =>
    clockError.offMs +
    Math.round(((time.clock.monotonic() - drift.fromMs) * drift.partsPerMillion) / 1e6);
  /** Counts boots; what an earlier one still wants to do is not heard. */
  let life = 0;
  let boot: Boot | null = null;

  function stopNow(): void {
    life++;
    boot?.imager.sleep();
    boot = null;
    network.drop(thing);
  }

  function cutPower(): void {
    stopNow();
    flash = flash.cutPower(() => chance.unit());
    flash.setCapacity(capacityBytes);
  }

  /** What it does when the flash fails under it: it begins anew, with power lost or not. */
  function failed(own: number): void {
    if (life !== own) return;
    if (chance.happens(0.5)) cutPower();
    else stopNow();
  }

  async function powerOn(): Promise<void> {
    if (boot !== null) return;
    const own = ++life;
    const isOn = (): boolean => life === own;
    const bootedAtMs = time.clock.monotonic();
    const uptime = (): UptimeMs => uptimeMs(time.clock.monotonic() - bootedAtMs);
    const clock: Board['clock'] = {
      now: () => later(time.clock.now(), milliseconds(wallErrorMs())),
      uptime,
      syncedAt: () => (clockError.synced ? uptimeMs(0) : null),
      setTimer: (timer, delay, act) =>
        time.clock.setTimer(timer, delay, () => {
          if (isOn()) act();
        }),
    };
    const imager = createSimulatedImager(clock, { label: footage.label, fragmentBytes });
    const listeners: ((edge: ButtonEdge) => void)[] = [];
    const board: Board = {
      clock,
      entropy,
      imager: filmedBy(imager, footage),
      // A boot that is over waits for its flash for ever.
      flash: troubledFlash(
        watchedFlash(flash, footage),
        chance,
        () => flashTrouble,
        (ms) => {
          return new Promise((resolve) => clock.setTimer('flash', milliseconds(ms), resolve));
        },
      ),
      link: watchedLink(network.makeLink(thing, isOn), footage),
      signer: key,
      button: { onEdge: (listener) => void listeners.push(listener) },
      sensors: { onChange: () => {} },
    };
    const firmware = await time.advanceWhile(
      bootFirmware(board, config, silentLog).catch((error: unknown) => {
        if (error instanceof PowerOff || error instanceof FlashError) return null;
        throw error;
      }),
    );
    if (!isOn()) return;
    if (firmware === null) return failed(own);
    void firmware.ended.then(({ kind }) => {
      if (kind === 'failed') failed(own);
      else if (isOn()) stopNow();
    });
    firmware.subscribe((happening) => {
      if (!isOn()) return;
      recorded.note(happening);
      onHappening(happening);
      const isWrong = clockError.synced && Math.abs(wallErrorMs()) > 60_000;
      const worldNow = time.clock.now();
      if (happening.kind === 'event' && !isWrong) madeAt.set(happening.event.id, worldNow);
      if (happening.kind === 'clip-began') {
        began.add(happening.opening.clip);
        if (!isWrong) openedAt.set(happening.opening.clip, worldNow);
        if (!isWrong && clockError.synced) dated.add(happening.opening.clip);
      }
    });
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
    certificate: await certificateOf(issued),
    recorded,
    footage,
    began,
    openedAt,
    madeAt,
    dated,
    renewCertificate: () => {
      issued++;
      return certificateOf(issued);
    },
    isOn: () => boot !== null,
    powerOn,
    cutPower(atOperation) {
      if (atOperation === undefined) cutPower();
      else flash.failFrom(atOperation, cutPower);
    },
    restart: () => void boot?.firmware.stop(),
    async rot() {
      cutPower();
      const journals = [...flash.files()].filter(([path]) => /journal-\d+$/.test(path));
      const [path, journal] = journals.at(-1) ?? [];
      const rotten = journal === undefined ? null : withRot(journal, chance);
      if (path === undefined || rotten === null) return;
      flash.setCapacity(Number.POSITIVE_INFINITY);
      await flash.write(path, rotten);
      await flash.sync(path);
      flash.setCapacity(capacityBytes);
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
    setFlash(trouble) {
      flashTrouble = trouble;
    },
    setClock(offMs, synced) {
      clockError = { offMs, synced };
      drift = { fromMs: time.clock.monotonic(), partsPerMillion: drift.partsPerMillion };
    },
    setDrift(partsPerMillion) {
      clockError = { ...clockError, offMs: wallErrorMs() };
      drift = { fromMs: time.clock.monotonic(), partsPerMillion };
    },
    sleep: () => boot?.imager.sleep(),
    wake: () => boot?.imager.wake(),
    isDrained() {
      const spool = boot?.firmware.state().spool;
      return spool !== undefined && spool.clips === 0 && spool.events === 0;
    },
  };
}
