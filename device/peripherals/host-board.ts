/** The board of this host, assembled from what the doorbell was told at start. */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Board, Link } from '../board.ts';
import { ControlPanel } from './control-panel.ts';
import { cryptoEntropy } from './crypto-entropy.ts';
import type { VideoPath } from './encoder-plan.ts';
import { type FfmpegBinary, findFfmpeg } from './ffmpeg-binary.ts';
import { FfmpegImager } from './ffmpeg-imager.ts';
import { FileFlash } from './file-flash.ts';
import {
  type FootageSource,
  parseSource,
  type RtspTransport,
  sourceName,
} from './footage-source.ts';
import { Housing } from './housing.ts';
import { readIdentity } from './identity-folder.ts';
import { type LinkAddress, parseBrokerUrl } from './link-address.ts';
import { MqttjsLink } from './mqttjs-link.ts';
import { readScript, type Script, ScriptedHardware } from './scripted-hardware.ts';
import { type ClockSettings, SystemClock } from './system-clock.ts';

export type HostBoardConfig = {
  readonly source: string;
  readonly sourceMode: 'once' | 'loop';
  readonly pace: 'real-time' | 'fast';
  readonly rtspTransport: RtspTransport;
  readonly encoder: VideoPath | 'auto';
  readonly broker: string;
  readonly link: 'mqttjs' | 'aws-crt';
  readonly mqttVersion: LinkAddress['mqttVersion'];
  readonly identityFolder: string;
  readonly flashFolder: string;
  readonly flashCapacityBytes: number;
  /** Null has no panel; 0 takes a free port. */
  readonly panelPort: number | null;
  /** Null looks beside the footage. */
  readonly script: string | null;
  readonly clock?: ClockSettings;
};

export type HostBoard = {
  readonly board: Board;
  readonly ffmpeg: FfmpegBinary;
  /** What is filmed, without credentials; for the log. */
  readonly footage: string;
  readonly hasScript: boolean;
  /** The panel stands outside the firmware: it works as soon as there is a housing. */
  openPanel(state: () => Readonly<Record<string, unknown>>): Promise<ControlPanel | null>;
  /** What ffmpeg says, to `hear`. */
  onEncoderLine(hear: (line: string) => void): void;
};

/**
 * Throws what its parts throw, each with one sentence that says what to do: FfmpegMissingError, ImagerError (no
 * footage), IdentityError, FlashError, ScriptError, LinkError (broker URL).
 */
export async function openHostBoard(config: HostBoardConfig): Promise<HostBoard> {
  const clock = new SystemClock(config.clock);
  const housing = new Housing();
  const [ffmpeg, source, identity, flash] = await Promise.all([
    findFfmpeg(),
    parseSource(
      config.source,
      { mode: config.sourceMode, pace: config.pace },
      config.rtspTransport,
    ),
    readIdentity(config.identityFolder),
    FileFlash.open(config.flashFolder, config.flashCapacityBytes),
  ]);
  const address = parseBrokerUrl(config.broker, identity, config.mqttVersion);
  const script = await findScript(config.script, source);
  const scripted = script === null ? null : new ScriptedHardware(script, housing);
  let hear = (_line: string): void => {};
  const imager = new FfmpegImager({
    clock,
    binary: ffmpeg,
    source,
    encoder: config.encoder,
    onLine: (line) => hear(line),
    onProgress: (footageMs, startedAt, loopMs) => scripted?.advance(footageMs, startedAt, loopMs),
  });
  const board: Board = {
    clock,
    entropy: cryptoEntropy,
    imager,
    button: housing.button,
    sensors: housing.sensors,
    flash,
    link: await openLink(config.link, clock, address),
    signer: identity.signer,
  };
  return {
    board,
    ffmpeg,
    footage: sourceName(source),
    hasScript: scripted !== null,
    openPanel: async (state) => {
      if (config.panelPort === null) return null;
      const still = (widthPxMax: number) => imager.still({ bytesMax: panelStillBytes, widthPxMax });
      return ControlPanel.open({ clock, housing, still, state }, config.panelPort);
    },
    onEncoderLine: (listener) => {
      hear = listener;
    },
  };
}

const panelStillBytes = 1024 * 1024;

async function openLink(
  kind: HostBoardConfig['link'],
  clock: SystemClock,
  address: LinkAddress,
): Promise<Link> {
  if (kind === 'mqttjs') return new MqttjsLink(clock, address);
  // 44 MB of native code that the default link does not need.
  const { AwsCrtLink } = await import('./aws-crt-link.ts');
  return new AwsCrtLink(clock, address);
}

/** The named script, or the one beside the footage where there is one. */
async function findScript(named: string | null, source: FootageSource): Promise<Script | null> {
  if (named !== null) return readScript(named);
  if (source.kind !== 'file') return null;
  const beside = join(dirname(source.path), 'script.json');
  try {
    await access(beside);
  } catch {
    return null;
  }
  return readScript(beside);
}
