/**
 * The firmware on its board: services started in order, stopped in reverse. Nothing here decides; it connects those
 * that do.
 */
import type { Board } from './board.ts';
import { type Config, settingsIn } from './config.ts';
import { annotatedFrame } from './core/live-frame.ts';
import type { Settings } from './core/settings.ts';
import type { LinkProfile } from './core/uplink-scheduler.ts';
import type { Log } from './log.ts';
import { createBellButton } from './services/bell-button.ts';
import { createCamera, type PictureState } from './services/camera.ts';
import { createClipMessages } from './services/clip-messages.ts';
import { createCommands, type Snapshot } from './services/commands.ts';
import { createDownlink } from './services/downlink.ts';
import { createHappenings, type HappeningListener } from './services/happenings.ts';
import { createHealth } from './services/health.ts';
import { createLights } from './services/lights.ts';
import { createMediaTime } from './services/media-time.ts';
import { createMotionWatch } from './services/motion-watch.ts';
import { createRecorder } from './services/recorder.ts';
import { createSettingsKeeper } from './services/settings-keeper.ts';
import { type OpenedSpool, openSpool } from './services/spool.ts';
import { createStills } from './services/stills.ts';
import { createTransfers } from './services/transfers.ts';
import { createUplink } from './services/uplink.ts';
import type { LightMode } from './vision/motion-settings.ts';
import type { Observation } from './vision/observation.ts';
import { encode } from './wire/codec.ts';
import type { ThingName, Ulid } from './wire/ids.ts';
import { limits } from './wire/limits.ts';
import type { SettingsMessage } from './wire/messages.ts';
import { type DurationMs, seconds, type UptimeMs } from './wire/time.ts';
import { topics } from './wire/topics.ts';

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
  /** A reboot was asked for: boot anew on the same board. */
  | { readonly kind: 'reboot' }
  /** The world under it failed, or a bug of ours: `error` says what. What is on flash stays there. */
  | { readonly kind: 'failed'; readonly error: unknown };

export type Firmware = {
  state(): DoorbellState;
  /** Tells what happens from now on; returns how to stop listening. */
  subscribe(listener: HappeningListener): () => void;
  /** Rejects with ImagerError when the camera cannot start at all. */
  readonly firstPicture: Promise<void>;
  /** A still now, in the running clip or in a short one of its own. Throws ImagerError. */
  snapshot(): Promise<Snapshot | null>;
  /** The cloud has confirmed everything, or `patience` is over: says which. */
  drained(patience: DurationMs): Promise<boolean>;
  /** Ends the running clip, gives the link a moment to send what is left, and stops. */
  stop(): Promise<void>;
  readonly ended: Promise<FirmwareEnd>;
};

const drainPatience = seconds(2);

/** Throws FlashError when the flash cannot be read. */
export async function bootFirmware(board: Board, config: Config, log: Log): Promise<Firmware> {
  const { clock, entropy, imager, signer } = board;
  const { thing } = config;
  const happenings = createHappenings();
  const configured = settingsIn(config);
  const { spool, previous } = await openSpool({
    board,
    happenings,
    log,
    capacityBytes: configured.spool.capacityBytes,
  });
  const keeper = createSettingsKeeper(configured, spool, log);
  const settings = keeper.inForce();
  spool.setCapacity(settings.spool.capacityBytes);

  let end: (how: FirmwareEnd) => void = () => {};
  const ended = new Promise<FirmwareEnd>((resolve) => {
    end = resolve;
  });
  const onFailed = (error: unknown): void => {
    log.error({ error }, 'the firmware failed');
    end({ kind: 'failed', error });
  };

  const time = createMediaTime(clock);
  const motion = createMotionWatch(settings.motion);
  const stills = createStills(imager, spool, settings.still, log);
  const recorder = createRecorder({
    clock,
    spool,
    stills,
    motion,
    time,
    log,
    settings,
    onFailed,
  });
  const camera = createCamera({ board, recorder, motion, time, happenings, log, settings });
  const button = createBellButton(board, recorder, time, settings.button);
  const lights = createLights(board, recorder, motion);
  const transfers = createTransfers(spool, clock, entropy, happenings, log);
  const downlink = createDownlink(
    thing,
    { onCommand: (command) => commands.receive(command), onSettings: takeSettings },
    log,
  );
  const uplink = createUplink({
    board,
    thing,
    profile: (): LinkProfile => keeper.inForce().uplink.profile,
    spool,
    transfers,
    clipMessages: createClipMessages(spool, signer, clock, thing),
    downlink,
    happenings,
    log,
    onFailed,
  });
  const commands = createCommands({
    board,
    thing,
    log,
    snapshot,
    post: uplink.post,
    postFrame: (jpeg) =>
      uplink.postFrame(annotatedFrame(jpeg, motion.latest(), limits.stillBytesMax)),
    reboot: () => end({ kind: 'reboot' }),
    onFailed,
  });
  const health = createHealth(clock, recorder, spool, describe, settings.health.everyMs);

  function describe() {
    const { clips, events } = spool.state();
    return {
      uptimeMs: Math.round(clock.uptime()),
      picture: camera.state(),
      clipsSpooled: clips.length,
      eventsPending: events.length,
      spoolBytes: spool.usedBytes(),
      refusedMessages: downlink.refused(),
    };
  }

  async function snapshot(): Promise<Snapshot | null> {
    const at = time.onMedia(clock.uptime());
    const { clip, durable } = recorder.feed({ kind: 'trigger', trigger: 'snapshot', at });
    await durable;
    const still = clip === null ? null : await stills.take(clip);
    return clip === null || still === null ? null : { clip, still };
  }

  function takeSettings(wanted: SettingsMessage): void {
    const taken = keeper.take(wanted);
    const at = clock.uptime();
    const names = Object.keys(wanted).slice(0, 64);
    if (!taken.ok) {
      const data = { accepted: false, because: taken.because, names };
      void recorder.note({ kind: 'settings-changed', at, data }, 'running');
      reportSettings();
      return;
    }
    const next = taken.settings;
    spool
      .transact((t) => t.add({ kind: 'settings-taken', settings: taken.remembered }))
      .durable.catch(onFailed);
    void recorder.note(
      { kind: 'settings-changed', at, data: { accepted: true, names } },
      'running',
    );
    motion.configure(next.motion);
    recorder.configure(next);
    stills.configure(next.still);
    button.configure(next.button);
    spool.setCapacity(next.spool.capacityBytes);
    health.configure(next.health.everyMs);
    camera.configure(next).catch(onFailed);
    reportSettings();
    happenings.tell({ kind: 'settings-taken' });
  }

  function reportSettings(): void {
    uplink.post(topics.settingsInForce(thing), encode(keeper.inForce()));
  }

  const isDrained = (): boolean => {
    const { clips, events } = spool.state();
    return clips.length === 0 && events.length === 0;
  };

  function drained(patience: DurationMs): Promise<boolean> {
    if (isDrained()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (how: boolean): void => {
        timer.cancel();
        unsubscribe();
        resolve(how);
      };
      const timer = clock.setTimer('drained', patience, () => done(false));
      const unsubscribe = happenings.subscribe(({ kind }) => {
        if ((kind === 'clip-stored' || kind === 'events-acknowledged') && isDrained()) done(true);
      });
    });
  }

  let stopping: Promise<void> | null = null;
  async function stop(how: FirmwareEnd): Promise<void> {
    const restart = how.kind === 'reboot';
    health.stop();
    commands.stop();
    lights.stop();
    button.stop();
    await recorder.stop(restart ? 'reboot' : 'shutdown');
    await camera.stop();
    const data = { restart };
    await recorder.note({ kind: 'shutdown', at: clock.uptime(), data }, 'running');
    if (uplink.up()) await drained(drainPatience);
    await uplink.stop();
    await spool.transact((transaction) => transaction.add({ kind: 'stopped', restart })).durable;
  }

  await recorder.note(
    { kind: 'boot', at: clock.uptime(), data: bootData(previous, spool.state().boot) },
    'running',
  );
  button.start();
  lights.start();
  health.start();
  reportSettings();
  uplink.start();
  const firstPicture = camera.start();
  // Whoever awaits it hears of it; a doorbell without a picture still rings.
  firstPicture.catch((error: unknown) => log.error({ error }, 'the camera did not start'));
  const outcome = ended.then(async (how) => {
    if (how.kind === 'reboot') stopping ??= stop(how);
    await stopping;
    return how;
  });

  return {
    state: () => ({
      thing,
      boot: spool.state().boot,
      uptimeMs: clock.uptime(),
      picture: camera.state(),
      link: uplink.up() ? 'up' : 'down',
      recordingClip: recorder.recordingClip(),
      moving: motion.moving(),
      observation: motion.latest(),
      light: motion.light(),
      porchLight: lights.porchLight(),
      liveViewUntil: commands.liveViewUntil(),
      spool: {
        clips: spool.state().clips.length,
        events: spool.state().events.length,
        usedBytes: spool.usedBytes(),
        capacityBytes: keeper.inForce().spool.capacityBytes,
      },
      settings: keeper.inForce(),
    }),
    subscribe: happenings.subscribe,
    firstPicture,
    snapshot,
    drained,
    async stop() {
      stopping ??= stop({ kind: 'stopped' });
      await stopping;
      end({ kind: 'stopped' });
    },
    ended: outcome,
  };
}

/** Boot reasons as Matter names them (General Diagnostics, BootReason). */
function bootData(previous: OpenedSpool['previous'], boot: number) {
  return {
    boot,
    reason: previous === 'restarted' ? 'SoftwareReset' : 'PowerOn',
    // Nobody said that the last run would end.
    dirty: previous === 'power-loss',
  };
}
