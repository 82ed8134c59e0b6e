/** Footage as the detector gets it: luma frames at analysis size, one by one, decoded by ffmpeg. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findFfmpeg } from '../../device/peripherals/ffmpeg-binary.ts';
import { createLumaReader } from '../../device/peripherals/luma-reader.ts';
import { visionLimits } from '../../device/vision/vision-limits.ts';

export type LumaPicture = {
  /** From 0. */
  readonly index: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly framesPerSecond: number;
  readonly luma: Uint8Array;
};

export type LumaSource = {
  /** A video, or the pattern of an image sequence (`in%06d.jpg`, or a glob of one kind of image). */
  readonly path: string;
  readonly kind: 'video' | 'numbered-images' | 'image-glob';
  /** Null takes the file's own. Images need one. */
  readonly framesPerSecond: number | null;
  /** Null keeps the footage's own size: for masks. */
  readonly analysisWidthPx: number | null;
};

/** ffmpeg could not read the footage; the message is its own. */
export class FootageError extends Error {
  override readonly name = 'FootageError';
}

export async function* readLuma(source: LumaSource): AsyncGenerator<LumaPicture> {
  const { path: binary } = await findFfmpeg();
  const child = spawn(binary, argumentsFor(source), { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[number | null]>;
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2_000);
  });
  const ready: LumaPicture[] = [];
  let broken: string | null = null;
  const reader = createLumaReader({
    onPicture: (format, luma, index) => {
      // The reader fills a buffer of its own for each picture.
      ready.push({ ...format, luma, index });
    },
    onBroken: (because) => {
      broken = because;
    },
  });
  try {
    for await (const chunk of child.stdout) {
      reader.write(chunk);
      yield* ready.splice(0);
    }
    const [code] = await closed;
    if (code !== 0 || broken !== null) {
      throw new FootageError(`${source.path}: ${broken ?? lastLine(complaint)}`);
    }
  } finally {
    child.kill('SIGKILL');
  }
}

/**
 * The size footage is analysed at: at most `widthPx` across, never enlarged, within what a detector may use. ffmpeg
 * works it out itself, so that no probing run is needed.
 */
export const analysisScale = (widthPx: number): string => {
  const fit = `sqrt(${visionLimits.pixelsMax}*iw/ih)`;
  const width = `trunc(min(min(${widthPx}\\,iw)\\,${fit})/2)*2`;
  return `scale=w='${width}':h='trunc(${width}*ih/iw/2+0.5)*2':flags=area`;
};

function argumentsFor(source: LumaSource): string[] {
  const rate = source.framesPerSecond;
  const input: string[] = [];
  if (source.kind !== 'video') {
    input.push('-framerate', String(rate ?? 25));
    if (source.kind === 'image-glob') input.push('-pattern_type', 'glob');
    // image2 looks for the first number itself, from 0 to 4; sequences elsewhere begin later.
    else input.push('-start_number_range', '1000000');
  } else if (rate !== null) {
    // Makes the timestamps anew, so that every picture comes out once, whatever the file says.
    input.push('-r', String(rate));
  }
  const scale = source.analysisWidthPx === null ? [] : [analysisScale(source.analysisWidthPx)];
  return [
    '-v',
    'error',
    '-nostdin',
    ...input,
    '-i',
    source.path,
    '-map',
    '0:v:0',
    '-vf',
    [...scale, 'format=gray'].join(','),
    '-pix_fmt',
    'gray',
    '-strict',
    '-1',
    '-f',
    'yuv4mpegpipe',
    '-',
  ];
}

const lastLine = (text: string): string =>
  text.trim().split('\n').at(-1) || 'ffmpeg says nothing about it';
