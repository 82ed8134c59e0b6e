/**
 * The doorbell as a process: environment and flags -> config -> host board -> firmware -> signals.
 * Exit codes: 0 stopped as asked or the footage is over; 1 failed; 2 what it was told cannot work.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Board, FlashError, ImagerError, LinkError } from './board.ts';
import {
  type Config,
  ConfigError,
  configLeaves,
  readConfig,
  withoutCredentials,
} from './config.ts';
import { bootFirmware, type Firmware, type FirmwareEnd } from './firmware.ts';
import { createLog, type Log } from './log.ts';
import { type ControlPanel, ControlPanelError } from './peripherals/control-panel.ts';
import { FfmpegMissingError } from './peripherals/ffmpeg-binary.ts';
import { lockFlash } from './peripherals/flash-lock.ts';
import { type HostBoard, openHostBoard } from './peripherals/host-board.ts';
import { IdentityError } from './peripherals/identity-folder.ts';
import { ScriptError } from './peripherals/scripted-hardware.ts';
import { type EpochMs, seconds } from './wire/time.ts';

/** What the user can mend: told in one sentence, exit code 2. */
const mendable = [
  ConfigError,
  ControlPanelError,
  FfmpegMissingError,
  FlashError,
  IdentityError,
  ImagerError,
  LinkError,
  ScriptError,
];

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type DoorbellOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Aborted: stop in good order. */
  readonly stop: AbortSignal;
  /** A board with instruments on it, for tests that watch what the firmware does to its hardware. */
  readonly instrument?: (board: Board) => Board;
  /** What the doorbell takes for the time of day, as its time server tells it; this machine's clock unless given. */
  readonly wallClock?: () => EpochMs;
  /** Called at each boot, once the firmware runs. */
  readonly onBoot?: (doorbell: RunningDoorbell) => void;
};
export type RunningDoorbell = {
  readonly firmware: Firmware;
  readonly host: HostBoard;
  readonly panelUrl: string | null;
};

const flashHeadroomBytes = 64 * 1024 * 1024;
/** How long a replay that has come to its end tries to get everything to the cloud. */
const lastDrain = seconds(60);

/** Runs a doorbell, through reboots, until it is stopped, fails, or its footage is over. */
export async function runDoorbell(options: DoorbellOptions): Promise<FirmwareEnd> {
  const lock = lockFlash(options.config.flash);
  try {
    for (;;) {
      const end = await runOnce(options);
      if (end.kind !== 'reboot' || options.stop.aborted) return end;
      options.log.info({}, 'the doorbell boots anew');
    }
  } finally {
    lock.release();
  }
}

async function runOnce({
  config,
  log,
  stop,
  onBoot,
  wallClock,
  instrument = (board) => board,
}: DoorbellOptions): Promise<FirmwareEnd> {
  const host = await openHostBoard({
    ...config,
    mqttVersion: config.mqttVersion === 'auto' ? 'auto' : config.mqttVersion === '5' ? 5 : 3,
    identityFolder: config.identity,
    flashFolder: config.flash,
    // The journal's room beside the clips'.
    flashCapacityBytes: config.spool.capacityBytes + flashHeadroomBytes,
    ...(wallClock === undefined ? {} : { clock: { wall: wallClock } }),
  });
  host.onEncoderLine((line) => log.debug({ line }, 'ffmpeg said'));
  const { path, version, from } = host.ffmpeg;
  log.info({ path, version, from, footage: host.footage }, 'ffmpeg found');
  let firmware: Firmware | null = null;
  const panel = await host.openPanel(() => firmware?.state() ?? {});
  try {
    firmware = await bootFirmware(instrument(host.board), config, log);
    return await watch(firmware, host, panel, { config, log, stop, ...(onBoot && { onBoot }) });
  } finally {
    await panel?.close();
  }
}

async function watch(
  firmware: Firmware,
  host: HostBoard,
  panel: ControlPanel | null,
  { config, log, stop, onBoot }: DoorbellOptions,
): Promise<FirmwareEnd> {
  const panelUrl = panel?.url ?? null;
  log.info({ broker: withoutCredentials(config.broker), panelUrl }, 'the doorbell is up');
  const stopNow = (): void => void firmware.stop();
  const unsubscribe = firmware.subscribe(({ kind }) => {
    if (kind === 'footage-ended') void firmware.drained(lastDrain).then(stopNow);
  });
  if (stop.aborted) stopNow();
  else stop.addEventListener('abort', stopNow, { once: true });
  onBoot?.({ firmware, host, panelUrl });
  // A camera that can never work ends it all: whoever started it named the footage.
  const refusals: unknown[] = [];
  firmware.firstPicture.catch((error: unknown) => {
    if (stop.aborted) return;
    refusals.push(error);
    stopNow();
  });
  try {
    const end = await firmware.ended;
    if (refusals.length > 0) throw refusals[0];
    return end;
  } finally {
    unsubscribe();
    stop.removeEventListener('abort', stopNow);
  }
}

/** Flags as `configLeaves` names them, and `--config` for the settings file. Throws UsageError, ConfigError. */
function configFrom(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const values = parseFlags(argv);
  const name = values['config'] ?? environment['DOORBELL_CONFIG'] ?? null;
  const flags = Object.fromEntries(
    configLeaves.map(({ path, flag }) => [path, values[flag.slice('--'.length)]]),
  );
  return readConfig({ file: name === null ? null : readFile(name), environment, flags });
}

function parseFlags(argv: readonly string[]): Readonly<Record<string, string | undefined>> {
  const names = ['config', ...configLeaves.map(({ flag }) => flag.slice('--'.length))];
  const text = { type: 'string' } as const;
  try {
    const options = Object.fromEntries(names.map((name) => [name, text]));
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'bad arguments', {
      cause: error,
    });
  }
}

function readFile(name: string): { name: string; text: string } {
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (error) {
    throw new UsageError(`settings file ${name} cannot be read`, { cause: error });
  }
}

/** One sentence for what the user can mend, null for what is a fault. */
export function mendableSentence(error: unknown): string | null {
  const known = error instanceof UsageError || mendable.some((kind) => error instanceof kind);
  return known && error instanceof Error ? error.message : null;
}

async function main(): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // The second time somebody is in a hurry.
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
      // In good order within 5 s, or not at all; what is on flash is safe either way. [DEV-3]
      setTimeout(() => process.exit(1), 4_800).unref();
    });
  }
  try {
    const config = configFrom(process.argv.slice(2), process.env);
    const log = createLog(config);
    const end = await runDoorbell({ config, log, stop: stopping.signal });
    if (end.kind !== 'failed') return 0;
    log.error({ error: end.error }, 'the doorbell failed');
    return mendableSentence(end.error) === null ? 1 : told(end.error);
  } catch (error) {
    return told(error);
  }
}

function told(error: unknown): number {
  const sentence = mendableSentence(error);
  if (sentence === null) throw error;
  process.stderr.write(`doorbell: ${sentence}\n`);
  return 2;
}

// The AWS SDK keeps a process alive after everything is closed, hence the explicit exit.
if (import.meta.main) process.exit(await main());
