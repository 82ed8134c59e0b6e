/** Footage for doorbells that pass it on: colour bars, a dark box that crosses them now and then, a tone. */
import { join } from 'node:path';
import { runFfmpeg } from './test-footage.ts';

/** Sixteen seconds, 320x180, 15 pictures and an IDR each second; the box comes in at 5 s and is gone by 13 s. */
export async function boxedFootage(folder: string): Promise<string> {
  const file = join(folder, 'boxed.mp4');
  const source = (input: string): string[] => ['-f', 'lavfi', '-i', input];
  await runFfmpeg(
    ...source('smptebars=s=320x180:r=15:d=16'),
    ...source('color=0x202020:s=60x90:r=15:d=16'),
    ...source('sine=frequency=440:duration=16'),
    ...['-filter_complex', "[0:v][1:v]overlay=x='(t-5)*50-60':y=60[v]", '-map', '[v]'],
    ...['-map', '2:a', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
    ...['-g', '15', '-keyint_min', '15', '-sc_threshold', '0', '-bf', '0', '-b:v', '800k'],
    ...['-c:a', 'aac', '-t', '16', file],
  );
  return file;
}
