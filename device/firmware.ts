/** The firmware on its board: services started in order, stopped in reverse. */
import type { Board, Clock } from './board.ts';
import { type Config, settingsIn } from './config.ts';
import type { Settings } from './core/settings.ts';
import type { SpoolState } from './core/spool-state.ts';
import type { Log } from './log.ts';
import type { PictureState } from './services/camera.ts';
import type { Snapshot } from './services/commands.ts';
import { drained } from './services/drain.ts';
import { createHappenings, type HappeningListener } from './services/happenings.ts';
import { createHouse, type House } from './services/house.ts';
import type { Spool } from './services/spool.ts';
import { type OpenedSpool, openSpool } from './services/spool-boot.ts';
import type { LightMode } from './vision/motion-settings.ts';
import type { Observation } from './vision/observation.ts';
import type { ThingName, Ulid } from './wire/ids.ts';
import { type DurationMs, seconds, type UptimeMs } from './wire/time.ts';

export type DoorbellState = {
  readonly thing: ThingName;
  readonly boot: number;
  readonly uptimeMs: UptimeMs;
  readonly picture: PictureState;
  readonly link: 'up' | 'down';
  readonly recordingClip: Ulid | null;
  readonly moving: boolean;
  /** What the motion detector said about the last picture. */
  readonly observation: Observation | null;
  readonly light: LightMode;
  readonly porchLight: boolean;
  readonly liveViewUntil: UptimeMs | null;
  /** What the cloud has not confirmed yet. */
  readonly spool: {
    readonly clips: number;
    readonly events: number;
    readonly usedBytes: number;
    readonly capacityBytes: number;
  };
  readonly settings: Settings;
};

export type FirmwareEnd =
  | { readonly kind: 'stopped' }
  /** A reboot was asked for, and everything is stopped: boot anew on the same board. */
  | { readonly kind: 'reboot' }
  /** The world under it failed, or a bug of ours: `error` says what. What is on flash stays there. */
  | { readonly kind: 'failed'; readonly error: unknown };

export type Firmware = {
  state(): DoorbellState;
  /** Tells what happens from now on; returns how to stop listening. */
  subscribe(listener: HappeningListener): () => void;
  /** Rejects with ImagerError when the camera cannot start at all. */
  readonly firstPicture: Promise<void>;
  /** A still now, in the running clip or in a short one of its own; null when none can be kept. Throws ImagerError. */
  snapshot(): Promise<Snapshot | null>;
  /** Resolves when the cloud has confirmed everything (true), or after `patience` (false). */
  drained(patience: DurationMs): Promise<boolean>;
  /** Ends the running clip, gives the link a moment to send what is left, and stops. */
  stop(): Promise<void>;
  readonly ended: Promise<FirmwareEnd>;
};

const drainPatience = seconds(2);
const stopPatience = seconds(4);

/** Throws FlashError when the flash cannot be read. */
export async function bootFirmware(board: Board, config: Config, log: Log): Promise<Firmware> {
  const { clock } = board;
  const { thing } = config;
  const { ownerKeys } = config.encryption;
  const happenings = createHappenings();
  const configured = settingsIn(config);
  const { capacityBytes } = configured.spool;
  const { spool, previous } = await openSpool({ board, happenings, log, capacityBytes });

  let end: (how: FirmwareEnd) => void = () => {};
  const wantedEnd = new Promise<FirmwareEnd>((resolve) => {
    end = resolve;
  });
  const house = createHouse({
    board,
    thing,
    configured,
    ownerKeys,
    spool,
    happenings,
    log,
    onReboot: () => end({ kind: 'reboot' }),
    onFailed(error) {
      log.error({ error }, 'the firmware failed');
      end({ kind: 'failed', error });
    },
  });

  const data = bootData(previous, spool.state());
  await house.recorder.note({ kind: 'boot', at: clock.uptime(), data }, 'running');
  house.button.start();
  house.lights.start();
  house.health.start();
  house.reportSettings();
  house.uplink.start();
  const firstPicture = house.camera.start();
  // Whoever awaits it hears of it; a doorbell without a picture still rings.
  firstPicture.catch((error: unknown) => log.error({ error }, 'the camera did not start'));

  const drain = (patience: DurationMs) => drained(spool, happenings, clock, patience);
  const ended = wantedEnd.then(async (how): Promise<FirmwareEnd> => {
    // What failed may fail again: only what reaches outside is let go, and the next boot sees a power loss.
    if (how.kind === 'failed') await Promise.allSettled([house.uplink.stop(), house.camera.stop()]);
    else {
      // A flash that takes nothing any more must not keep the doorbell from stopping; the next boot cleans up.
      try {
        const stopped = stopHouse(house, spool, board, drain, how.kind === 'reboot');
        await within(clock, stopPatience, stopped);
      } catch (error) {
        return { kind: 'failed', error };
      }
    }
    return how;
  });
  return {
    state: () => stateOf(thing, house, spool, board),
    subscribe: happenings.subscribe,
    firstPicture,
    snapshot: house.snapshot,
    drained: drain,
    async stop() {
      end({ kind: 'stopped' });
      await ended;
    },
    ended,
  };
}

/** Resolves when `work` is done, or after `patience`. */
function within(clock: Clock, patience: DurationMs, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer('patience', patience, resolve);
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

async function stopHouse(
  house: House,
  spool: Spool,
  { clock }: Board,
  drain: (patience: DurationMs) => Promise<boolean>,
  restart: boolean,
): Promise<void> {
  house.health.stop();
  house.commands.stop();
  house.lights.stop();
  house.button.stop();
  // The camera first: what it still saw belongs to the running clip, and nothing may open another.
  await house.camera.stop();
  await house.recorder.stop(restart ? 'reboot' : 'shutdown');
  const at = clock.uptime();
  await house.recorder.note({ kind: 'shutdown', at, data: { restart } }, 'running');
  if (house.uplink.up()) await drain(drainPatience);
  await house.uplink.stop();
  await spool.transact((transaction) => transaction.add({ kind: 'stopped', restart })).durable;
}

function stateOf(thing: ThingName, house: House, spool: Spool, { clock }: Board): DoorbellState {
  const { boot, clips, events } = spool.state();
  return {
    thing,
    boot,
    uptimeMs: clock.uptime(),
    picture: house.camera.state(),
    link: house.uplink.up() ? 'up' : 'down',
    recordingClip: house.recorder.recordingClip(),
    moving: house.motion.moving(),
    observation: house.motion.latest(),
    light: house.motion.light(),
    porchLight: house.lights.porchLight(),
    liveViewUntil: house.commands.liveViewUntil(),
    spool: {
      clips: clips.length,
      events: events.length,
      usedBytes: spool.usedBytes(),
      capacityBytes: house.keeper.inForce().spool.capacityBytes,
    },
    settings: house.keeper.inForce(),
  };
}

/** Boot reasons as Matter names them (General Diagnostics, BootReason). */
function bootData(previous: OpenedSpool['previous'], { boot, events, eventSeq }: SpoolState) {
  return {
    boot,
    // They have left the flash: a cloud that lacks them (it is another one, or lost them) need not wait. [WIRE-10]
    acknowledgedUpTo: (events[0]?.seq ?? eventSeq) - 1,
    reason: previous === 'restarted' ? 'SoftwareReset' : 'PowerOn',
    // Nobody said that the last run would end.
    dirty: previous === 'power-loss',
  };
}
