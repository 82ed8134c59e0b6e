/** What happens before ffmpeg starts: the footage is examined, the path chosen, the clock's text laid out. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, ImagerError, type ImagerSettings } from '../board.ts';
import {
  type CameraSettings,
  type EncoderPlan,
  planEncoder,
  type VideoPath,
} from './encoder-plan.ts';
import { type FootageFacts, probeFootage } from './footage-probe.ts';
import { type FootageSource, ffmpegInput, sourceName } from './footage-source.ts';
import { loopLengthMs } from './loop-length.ts';
import { passThroughRefusal } from './pass-through.ts';

export type PreparationParts = {
  readonly clock: Clock;
  readonly binary: string;
  readonly source: FootageSource;
  readonly encoder: VideoPath | 'auto';
  readonly camera: CameraSettings;
  /** A private folder for what ffmpeg reads beside the footage. */
  readonly folder: string;
};

export type Prepared = {
  readonly plan: EncoderPlan;
  readonly facts: FootageFacts;
  /** How long one round of looped footage lasts; null where it is not looped, or nobody can tell. */
  readonly loopMs: number | null;
};

const fontFile = fileURLToPath(new URL('font/DejaVuSansMono.ttf', import.meta.url));

/** Throws ImagerError for footage that cannot serve, ProbeTimeoutError. */
export async function prepareEncoder(
  parts: PreparationParts,
  settings: ImagerSettings,
): Promise<Prepared> {
  const { clock, source, camera } = parts;
  const input = await ffmpegInput(source, camera.framesPerSecond);
  const facts = await probeFootage(parts, source, input);
  const clockFile = join(parts.folder, 'clock.txt');
  const path = await choosePath(parts, settings, facts);
  const plan = planEncoder({
    input,
    colorMatrix: facts.colorMatrix,
    settings,
    camera,
    path,
    startsAt: clock.now(),
    fontFile,
    clockFile,
  });
  if (plan.clockText !== null) await writeFile(clockFile, plan.clockText);
  return { plan, facts, loopMs: await roundMs(source, path, settings, facts) };
}

async function roundMs(
  source: FootageSource,
  path: VideoPath,
  settings: ImagerSettings,
  facts: FootageFacts,
): Promise<number | null> {
  if (source.kind !== 'file' || source.playback.mode !== 'loop') return null;
  const sound = settings.audio ? (path === 'x264' ? 'decoded' : 'copied') : 'none';
  return (await loopLengthMs(source.path, sound)) ?? facts.durationMs;
}

async function choosePath(
  { encoder, source }: PreparationParts,
  settings: ImagerSettings,
  facts: FootageFacts,
): Promise<VideoPath> {
  if (encoder === 'x264') return 'x264';
  const refusal = await passThroughRefusal(source, settings, facts);
  if (refusal === null) return 'pass-through';
  if (encoder === 'auto') return 'x264';
  throw new ImagerError(`${sourceName(source)}: cannot pass through: ${refusal}`);
}
