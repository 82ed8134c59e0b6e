/**
 * A doorbell in memory: the real firmware on a simulated board, whose camera sleeps while nobody rings, so that sixty
 * days cost nothing. It can lose its network, its power and its sense of time.
 */
import type { Board, ButtonEdge, Signer } from '../../device/board.ts';
import { type ConfigInput, configSchema } from '../../device/config.ts';
import { bootFirmware, type DoorbellState, type Firmware } from '../../device/firmware.ts';
import { silentLog } from '../../device/log.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import {
  type DurationMs,
  hours,
  later,
  milliseconds,
  minutes,
  seconds,
} from '../../device/wire/time.ts';
import { ownerKeyOf } from '../commands/owner-keys.ts';
import { makeBoardClock } from './board-clock.ts';
import { createForgetfulFlash } from './forgetful-flash.ts';
import { makeSeededCertificate } from './seeded-certificate.ts';
import { createSeededEntropy } from './seeded-entropy.ts';
import { makeSeededKey } from './seeded-key.ts';
import { createSimulatedImager, type SimulatedImager } from './simulated-imager.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Wire } from './wired-bus.ts';

export type SimulatedDoorbell = {
  readonly thing: ThingName;
  /** PEM. */
  readonly certificate: string;
  /** The private key of its owner that opens its footage; null: it encrypts nothing. */
  readonly ownerKeyPem: string | null;
  /** Null while it has no power. */
  state(): DoorbellState | null;
  powerOn(): Promise<void>;
  /** In good order: what is recorded is finished first. */
  shutDown(): Promise<void>;
  /** At once; what was not synced to flash may be lost. */
  cutPower(): void;
  setReachable(reachable: boolean): void;
  /** Whether the cloud's words reach it, receipts among them. */
  setDeaf(deaf: boolean): void;
  /** How far its wall clock is off, and whether it believes that it was ever set. */
  setClock(error: { readonly offMs: DurationMs; readonly synced: boolean }): void;
  /** Someone rings: resolves with the clip when the press is over, while it is being recorded. */
  ring(): Promise<Ulid>;
  /** Someone walks by for `length`; resolves with the clip as soon as the motion is over. */
  walkBy(length: DurationMs): Promise<Ulid>;
  /** Time passes until nothing is recorded. */
  finishRecording(): Promise<void>;
  /** Time passes until the cloud has confirmed everything; false when it does not within `patience`. */
  upload(patience?: DurationMs): Promise<boolean>;
};

export type SimulatedDoorbellOptions = {
  readonly thing: ThingName;
  readonly time: VirtualTime;
  readonly wire: Wire;
  readonly seed: string;
  readonly settings?: Partial<ConfigInput>;
  /** Its footage is end-to-end encrypted for `ownerKeyPem`. */
  readonly encrypted?: boolean;
  /** Another than the seed's: what the authority of a real broker has issued. */
  readonly identity?: { readonly certificate: string; readonly signer: Signer };
};

/** Whatever happens between the press and the ring's clip is over by then. */
const pressMs = milliseconds(150);
/** The motion detector looks this long at an empty scene before it trusts itself. */
const settlingMs = seconds(8);
const recordingMsMax = minutes(15);
/** After a clip pictures go on for a while, as visitors do. */
const awakeMs = seconds(2);

type Running = {
  readonly firmware: Firmware;
  readonly imager: SimulatedImager;
  readonly press: (kind: ButtonEdge['kind']) => void;
  readonly kill: () => void;
};

export async function makeSimulatedDoorbell(
  options: SimulatedDoorbellOptions,
): Promise<SimulatedDoorbell> {
  const { thing, time, wire, seed } = options;
  const key = makeSeededKey(`${seed}/${thing}/key`);
  const { certificate, signer } = options.identity ?? {
    certificate: await makeSeededCertificate(thing, key, later(time.clock.now(), hours(-24))),
    signer: key,
  };
  const owner = options.encrypted === true ? makeSeededKey(`${seed}/${thing}/owner`) : null;
  const config = configSchema.parse({
    thing,
    // The rarest word there is about its health: days must be cheap.
    health: { everyMs: hours(24) },
    encryption: { ownerKeys: owner === null ? [] : [ownerKeyOf(owner.privateKey)] },
    ...options.settings,
  });
  const numericSeed = Buffer.from(key.publicKey.export({ type: 'spki', format: 'der' }))
    .subarray(-4)
    .readUInt32BE();
  const entropy = createSeededEntropy(numericSeed);
  const draws = createSeededEntropy(numericSeed + 1);
  let flash = createForgetfulFlash();
  let clockError = { offMs: milliseconds(0), synced: true };
  let running: Running | null = null;
  let awakeUntil = time.clock.now();

  const now = (): Running => {
    if (running === null) throw new DoorbellOff(thing);
    return running;
  };
  const recording = (): Ulid | null => running?.firmware.state().recordingClip ?? null;

  async function powerOn(): Promise<void> {
    if (running !== null) return;
    const clock = makeBoardClock(time, () => clockError);
    const imager = createSimulatedImager(clock, {
      label: `footage of ${thing}`,
      asleep: true,
      mayRest: () =>
        recording() === null &&
        time.clock.now() >= awakeUntil &&
        running?.firmware.state().moving !== true,
    });
    const buttonListeners: ((edge: ButtonEdge) => void)[] = [];
    const board: Board = {
      clock,
      entropy,
      imager,
      flash,
      link: wire.link,
      signer,
      button: { onEdge: (listener) => void buttonListeners.push(listener) },
      sensors: { onChange: () => {} },
    };
    const firmware = await time.advanceWhile(bootFirmware(board, config, silentLog));
    running = {
      firmware,
      imager,
      press: (kind) => {
        for (const listener of buttonListeners) listener({ kind, at: clock.uptime() });
      },
      kill: clock.stop,
    };
  }

  /** Pictures have come for long enough that a clip can begin before its trigger. */
  async function wake(): Promise<void> {
    const { imager } = now();
    const isAsleep = time.clock.now() >= awakeUntil && recording() === null;
    awakeUntil = later(time.clock.now(), recordingMsMax);
    imager.wake();
    if (isAsleep) await time.advance(milliseconds(config.clip.preRollMs + 1_000));
  }

  function begun(): Ulid {
    const clip = recording();
    if (clip === null) throw new Error(`${thing}: nothing is being recorded`);
    awakeUntil = later(time.clock.now(), awakeMs);
    return clip;
  }

  async function upload(patience: DurationMs = hours(2)): Promise<boolean> {
    const isEmpty = (): boolean => {
      const spool = running?.firmware.state().spool;
      return spool === undefined || (spool.clips === 0 && spool.events === 0);
    };
    return time.advanceUntil(isEmpty, patience);
  }

  return {
    thing,
    certificate,
    ownerKeyPem: owner && String(owner.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    state: () => running?.firmware.state() ?? null,
    powerOn,
    async shutDown() {
      if (running === null) return;
      const { firmware, kill } = running;
      await time.advanceWhile(firmware.stop());
      kill();
      running = null;
    },
    cutPower() {
      running?.kill();
      running = null;
      wire.drop();
      const draw = (): number => (draws.bytes(1)[0] ?? 0) / 256;
      flash = flash.cutPower(draw);
    },
    setReachable: (reachable) => wire.setReachable(reachable),
    setDeaf: (deaf) => wire.setDeaf(deaf),
    setClock(error) {
      clockError = error;
    },
    async ring() {
      await wake();
      const { press } = now();
      press('pressed');
      await time.advance(pressMs);
      press('released');
      return begun();
    },
    async walkBy(length) {
      await wake();
      const { imager } = now();
      await time.advance(settlingMs);
      imager.setMotion(true);
      await time.advance(length);
      imager.setMotion(false);
      return begun();
    },
    async finishRecording() {
      await time.advanceUntil(() => recording() === null, recordingMsMax);
    },
    upload,
  };
}

/** It has no power. */
export class DoorbellOff extends Error {
  override readonly name = 'DoorbellOff';
  readonly thing: ThingName;
  constructor(thing: ThingName) {
    super(`the doorbell ${thing} has no power`);
    this.thing = thing;
  }
}
