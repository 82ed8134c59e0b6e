/** Footage for the torture. */
import { execFileSync } from 'node:child_process';

/** Twenty seconds of moving noise: no two fragments are alike, and an IDR comes every second. */
export function makeFootage(ffmpeg: string, file: string): void {
  const input = (source: string): string[] => ['-f', 'lavfi', '-i', source];
  execFileSync(ffmpeg, [
    ...['-v', 'error', '-y'],
    ...input('nullsrc=s=320x180:r=15:d=20,geq=random(1)*255:128:128'),
    ...input('sine=frequency=440:duration=20'),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-pix_fmt', 'yuv420p'],
    ...[
      '-g',
      '15',
      '-keyint_min',
      '15',
      '-sc_threshold',
      '0',
      '-b:v',
      '1200k',
      '-maxrate',
      '1500k',
    ],
    ...['-bufsize', '1500k', '-c:a', 'aac', '-shortest', file],
  ]);
}
