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

const fontFile = fileURLToPath(new URL('font/DejaVuSansMono.ttf', import.meta.url));

/** Throws ImagerError for footage that cannot serve, ProbeTimeoutError. */
export async function prepareEncoder(
  parts: PreparationParts,
  settings: ImagerSettings,
): Promise<{ readonly plan: EncoderPlan; readonly facts: FootageFacts }> {
  const { clock, source, camera } = parts;
  const input = await ffmpegInput(source, camera.framesPerSecond);
  const facts = await probeFootage(parts, source, input);
  const clockFile = join(parts.folder, 'clock.txt');
  const plan = planEncoder({
    input,
    colorMatrix: facts.colorMatrix,
    settings,
    camera,
    path: await choosePath(parts, settings, facts),
    startsAt: clock.now(),
    fontFile,
    clockFile,
  });
  if (plan.clockText !== null) await writeFile(clockFile, plan.clockText);
  return { plan, facts };
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
