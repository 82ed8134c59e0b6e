/** Asks ffmpeg what a source holds, so that what can never work is refused before anything starts. */
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { Clock } from '../board.ts';
import { ImagerError } from '../board.ts';
import { cameraComplaint, withoutSecrets } from './camera-address.ts';
import { type FfmpegInput, type FootageSource, isReplayed, sourceName } from './footage-source.ts';
import { limits } from './limits.ts';

export type FootageFacts = {
  readonly videoCodec: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly colorMatrix: ColorMatrix;
  readonly audioCodec: string | null;
  /** Null where it has no end, or does not say. */
  readonly durationMs: number | null;
};
/** As ffmpeg's `scale` names them. */
export type ColorMatrix = 'bt601' | 'bt709' | 'bt2020';

/** The source did not answer in time: nothing is known about it. */
export class ProbeTimeoutError extends Error {
  override readonly name = 'ProbeTimeoutError';
}

/** Throws ImagerError naming the footage, what was found and what was expected; ProbeTimeoutError. */
export async function probeFootage(
  parts: { readonly clock: Clock; readonly binary: string },
  source: FootageSource,
  input: FfmpegInput,
): Promise<FootageFacts> {
  if (source.kind === 'file') await checkFile(source.path);
  const lines = await readBanner(parts, source, input);
  const facts = parseBanner(lines);
  if (typeof facts === 'string') {
    const complaint = isReplayed(source) ? null : cameraComplaint(lines);
    if (complaint !== null) throw new ImagerError(`${sourceName(source)}: ${complaint}`);
    const told = source.kind === 'url' ? withoutSecrets(facts, source.url) : facts;
    throw new ImagerError(`${sourceName(source)}: ${told}, expected a video`);
  }
  if (facts.widthPx > limits.pictureWidthPxMax || facts.heightPx > limits.pictureHeightPxMax) {
    throw new ImagerError(
      `${sourceName(source)}: pictures of ${facts.widthPx}x${facts.heightPx}, ` +
        `expected at most ${limits.pictureWidthPxMax}x${limits.pictureHeightPxMax}`,
    );
  }
  return facts;
}

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new ImagerError(`footage ${path}: no such file, expected a video`);
  if (found.size === 0) throw new ImagerError(`footage ${path}: an empty file, expected a video`);
}

/** What ffmpeg prints about an input when it is given no output. */
function readBanner(
  { clock, binary }: { readonly clock: Clock; readonly binary: string },
  source: FootageSource,
  input: FfmpegInput,
): Promise<readonly string[]> {
  // -re would only slow the reading; the rest of the options say how to open it.
  const options = input.options.filter((option) => option !== '-re');
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ['-hide_banner', '-nostdin', ...options, '-i', input.target], {
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < limits.encoderLineCharsMax * 200) said += text;
    });
    const watch = clock.setTimer('footage-probe', limits.encoderFirstOutputMs, () => {
      child.kill('SIGKILL');
      child.stderr.destroy();
      const waitedS = limits.encoderFirstOutputMs / 1000;
      reject(new ProbeTimeoutError(`${sourceName(source)}: no answer in ${waitedS} s`));
    });
    child.on('error', (error) => {
      watch.cancel();
      reject(new ImagerError(`ffmpeg does not start: ${error.message}`, { cause: error }));
    });
    child.on('close', () => {
      watch.cancel();
      resolve(said.split('\n').map((line) => line.trim()));
    });
  });
}

/** The facts, or what is wrong. */
function parseBanner(lines: readonly string[]): FootageFacts | string {
  const streams = lines.filter((line) => line.startsWith('Stream #0:'));
  const video = streams.find((line) => / Video: /.test(line) && !/attached pic/.test(line));
  if (video === undefined) {
    return streams.length > 0 ? `no video in it (${kinds(streams)})` : complaint(lines);
  }
  const videoCodec = / Video: (\w+)/.exec(video)?.[1] ?? 'unknown';
  // ffmpeg takes a text file for a screen of ANSI art.
  if (videoCodec === 'ansi') return 'text';
  const size = /, (\d{1,6})x(\d{1,6})[ ,]/.exec(`${video},`);
  const widthPx = Number(size?.[1] ?? 0);
  const heightPx = Number(size?.[2] ?? 0);
  if (widthPx === 0 || heightPx === 0) return `video of unknown size (${videoCodec})`;
  const audio = streams.find((line) => / Audio: /.test(line));
  return {
    videoCodec,
    widthPx,
    heightPx,
    colorMatrix: matrixOf(video, videoCodec, heightPx),
    audioCodec: audio === undefined ? null : (/ Audio: (\w+)/.exec(audio)?.[1] ?? 'unknown'),
    durationMs: durationOf(lines),
  };
}

function matrixOf(video: string, codec: string, heightPx: number): ColorMatrix {
  if (/bt2020/.test(video)) return 'bt2020';
  if (/bt709/.test(video)) return 'bt709';
  if (/smpte170m|bt470bg/.test(video) || codec === 'mjpeg') return 'bt601';
  // Untagged: what browsers and players assume.
  return heightPx >= 720 ? 'bt709' : 'bt601';
}

function durationOf(lines: readonly string[]): number | null {
  const line = lines.find((l) => l.startsWith('Duration: ')) ?? '';
  const found = /Duration: (\d+):(\d\d):(\d\d\.\d+)/.exec(line);
  if (found === null) return null;
  const [, hours, minutes, secs] = found.map(Number);
  return Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (secs ?? 0)) * 1000);
}

const kinds = (streams: readonly string[]): string =>
  streams
    .map((line) => / (Audio|Subtitle|Data|Video|Attachment): \w+/.exec(line)?.[0].trim())
    .join();

/** The line that says why, without the address ffmpeg puts before it and the path after it. */
function complaint(lines: readonly string[]): string {
  const told = lines.filter((line) => line !== '' && !/At least one output file/.test(line));
  const reason =
    told.find((line) =>
      /moov atom not found|Invalid data|error|denied|refused|No such/i.test(line),
    ) ??
    told.at(-1) ??
    'ffmpeg says nothing about it';
  return reason
    .replace(/^\[.*?\] /, '')
    .replace(/^.*: (?=Invalid data)/, '')
    .slice(0, 200);
}
