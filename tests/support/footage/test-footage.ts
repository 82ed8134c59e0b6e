/** Small footage made by ffmpeg's own sources, for tests of the imager. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'vitest';
import {
  type FfmpegBinary,
  FfmpegMissingError,
  findFfmpeg,
} from '../../../device/peripherals/ffmpeg-binary.ts';

let found: Promise<FfmpegBinary> | null = null;

/** The ffmpeg that the doorbell itself would use; FFMPEG_BIN tests another. */
export function ffmpegUnderTest(): Promise<FfmpegBinary> {
  found ??= findFfmpeg();
  return found;
}

/** Throws in CI, where nothing may be skipped. */
export const hasFfmpeg: boolean = await ffmpegUnderTest().then(
  () => true,
  (error: unknown) => {
    if (error instanceof FfmpegMissingError && process.env['CI'] !== 'true') return false;
    throw error;
  },
);

/** `test` where there is an ffmpeg; elsewhere each is skipped by its name. */
export const withFfmpeg = test.skipIf(!hasFfmpeg);

/** Runs ffmpeg; `args` end with the output. */
export async function runFfmpeg(...args: readonly string[]): Promise<void> {
  const { path } = await ffmpegUnderTest();
  execFileSync(path, ['-v', 'error', '-nostdin', '-y', ...args], { stdio: 'pipe' });
}

/** The pictures of a folder by number, as ffmpeg is to be told: a percent sign in the folder's name is only one. */
export const numbered = (folder: string, ending: 'jpg' | 'png'): string =>
  join(folder.replaceAll('%', '%%'), `%03d.${ending}`);

const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const bt709 = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];

/** Black and silent for `darkS`, then white with a tone; 640x360, 15 pictures a second, an IDR every second. */
export async function flashAndTone(
  folder: string,
  darkS: number,
  brightS: number,
): Promise<string> {
  const file = join(folder, 'flash-and-tone.mp4');
  const seconds = darkS + brightS;
  const picture =
    `color=black:s=640x360:r=15:d=${darkS}[a];color=white:s=640x360:r=15:d=${brightS}[b];` +
    '[a][b]concat=n=2';
  const sound = `aevalsrc=if(gte(t\\,${darkS})\\,0.5*sin(6283*t)\\,0):d=${seconds}:s=48000`;
  await runFfmpeg(
    ...['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, ...h264, ...bt709],
    ...['-g', '15', '-bf', '0', '-c:a', 'aac', '-t', `${seconds}`, file],
  );
  return file;
}

/** ffmpeg's moving test picture. */
export async function testPicture(
  folder: string,
  wanted: {
    readonly name?: string;
    readonly seconds?: number;
    readonly size?: string;
    readonly rate?: number;
    readonly gop?: number;
    readonly more?: readonly string[];
  } = {},
): Promise<string> {
  const { name = 'picture.mp4', seconds = 3, size = '320x180', rate = 15, gop = 15 } = wanted;
  const file = join(folder, name);
  await runFfmpeg(
    ...['-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${rate}:d=${seconds}`, ...h264],
    ...['-g', `${gop}`, ...(wanted.more ?? []), file],
  );
  return file;
}

/** One colour all over, tagged with its matrix. `rgb` as `ff8000`. */
export async function oneColour(
  folder: string,
  rgb: string,
  matrix: 'bt601' | 'bt709' = 'bt709',
): Promise<string> {
  const file = join(folder, `${rgb}.mp4`);
  const tag = matrix === 'bt601' ? 'smpte170m' : 'bt709';
  await runFfmpeg(
    ...['-f', 'lavfi', '-i', `color=0x${rgb}:s=320x180:r=15:d=2,format=rgb24`],
    ...['-vf', `scale=out_color_matrix=${matrix}:out_range=tv`, ...h264, '-g', '15'],
    ...['-colorspace', tag, '-color_primaries', tag, '-color_trc', tag, file],
  );
  return file;
}
