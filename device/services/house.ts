/** Makes all services and connects them. Nothing starts here, and nothing is decided here. */
import type { Board } from '../board.ts';
import { annotatedFrame } from '../core/live-frame.ts';
import type { Settings } from '../core/settings.ts';
import type { Log } from '../log.ts';
import { encode } from '../wire/codec.ts';
import type { OwnerKey } from '../wire/footage-sealing.ts';
import type { ThingName } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import { topics } from '../wire/topics.ts';
import { type BellButton, createBellButton } from './bell-button.ts';
import { type Camera, createCamera } from './camera.ts';
import { createClipMessages } from './clip-messages.ts';
import { createClipSealing } from './clip-sealing.ts';
import { type Commands, createCommands, type Snapshot } from './commands.ts';
import { createDownlink } from './downlink.ts';
import type { Happenings } from './happenings.ts';
import { createHealth, type Health } from './health.ts';
import { createLights, type Lights } from './lights.ts';
import { createMediaTime } from './media-time.ts';
import { createMotionWatch, type MotionWatch } from './motion-watch.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createSettingsControl } from './settings-control.ts';
import { createSettingsKeeper, type SettingsKeeper } from './settings-keeper.ts';
import type { Spool } from './spool.ts';
import { createStills } from './stills.ts';
import { createTransfers } from './transfers.ts';
import { createUplink, type Uplink } from './uplink.ts';

export type House = {
  readonly keeper: SettingsKeeper;
  readonly motion: MotionWatch;
  readonly recorder: Recorder;
  readonly camera: Camera;
  readonly button: BellButton;
  readonly lights: Lights;
  readonly health: Health;
  readonly uplink: Uplink;
  readonly commands: Commands;
  snapshot(): Promise<Snapshot | null>;
  reportSettings(): void;
};

export type HouseOptions = {
  readonly board: Board;
  readonly thing: ThingName;
  readonly configured: Settings;
  /** With any, all footage is end-to-end encrypted for them. */
  readonly ownerKeys: readonly OwnerKey[];
  readonly spool: Spool;
  readonly happenings: Happenings;
  readonly log: Log;
  readonly onReboot: () => void;
  readonly onFailed: (error: unknown) => void;
};

export function createHouse(options: HouseOptions): House {
  const { board, thing, configured, ownerKeys, spool, happenings, log, onReboot, onFailed } =
    options;
  const { clock, entropy, imager, signer } = board;
  const keeper = createSettingsKeeper(configured, spool, log);
  const settings = keeper.inForce();
  spool.setCapacity(settings.spool.capacityBytes);
  const time = createMediaTime(clock);
  const motion = createMotionWatch(settings.motion);
  const sealing = createClipSealing(thing, ownerKeys, entropy);
  const stills = createStills(imager, spool, sealing, settings.still, log);
  const recorder = createRecorder({
    ...{ clock, spool, sealing, stills, motion, time, log, settings, onFailed },
  });
  const camera = createCamera({
    ...{ board, recorder, motion, time, happenings, log, settings },
    onStream: () => void stills.warmUp().catch(onFailed),
  });
  const button = createBellButton(board, recorder, time, settings.button);
  const lights = createLights(board, recorder, motion);
  const reportSettings = (): void =>
    uplink.post(
      topics.settingsInForce(thing),
      encode({ ...keeper.inForce(), encryption: { ownerKeys } }),
    );
  const control = createSettingsControl({
    clock,
    keeper,
    spool,
    recorder,
    happenings,
    apply,
    report: reportSettings,
    onFailed,
  });
  const downlink = createDownlink(
    thing,
    { onCommand: (command) => commands.receive(command), onSettings: control.take },
    log,
  );
  const uplink = createUplink({
    board,
    thing,
    profile: () => keeper.inForce().uplink.profile,
    spool,
    transfers: createTransfers(spool, clock, entropy, happenings, log),
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
    isSealed: ownerKeys.length > 0,
    snapshot,
    post: uplink.post,
    // The owner's page draws over the picture what moves in it.
    postFrame: (jpeg) =>
      uplink.postFrame(annotatedFrame(jpeg, motion.latest(), limits.stillBytesMax)),
    reboot: onReboot,
    onFailed,
  });
  const health = createHealth(clock, recorder, spool, describe, settings.health.everyMs);

  async function apply(next: Settings): Promise<void> {
    motion.configure(next.motion);
    recorder.configure(next);
    stills.configure(next.still);
    button.configure(next.button);
    spool.setCapacity(next.spool.capacityBytes);
    health.configure(next.health.everyMs);
    await camera.configure(next);
  }

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

  return {
    keeper,
    motion,
    recorder,
    camera,
    button,
    lights,
    health,
    uplink,
    commands,
    snapshot,
    reportSettings,
  };
}
