import { expect, it } from 'vitest';
import { bareArguments, isEncoder } from '../../../tools/bench/bare-encoder.ts';

const line = (
  'ffmpeg -nostdin -re -i f.mp4 -filter_complex [0:v:0]split -map [luma] -f yuv4mpegpipe pipe:1 ' +
  '-listen 1 -timeout 10000 -map [video] -c:v libx264 -f mp4 unix:/tmp/x/socket'
).split(' ');

it('the bare ffmpeg decodes, filters and encodes as the doorbell does, for nobody', () => {
  expect(bareArguments(line).join(' ')).toBe(
    '-y -nostdin -re -i f.mp4 -filter_complex [0:v:0]split -map [luma] -f yuv4mpegpipe /dev/null ' +
      '-map [video] -c:v libx264 -f mp4 /dev/null',
  );
});

it('a command line without both outputs is no baseline', () => {
  expect(() => bareArguments(line.slice(0, -1))).toThrow(/luma by pipe, MP4 by socket/);
});

it('the encoder is told from a decoder of stills', () => {
  expect([line, ['ffmpeg', '-f', 'mp4', '-i', 'pipe:0']].map(isEncoder)).toEqual([true, false]);
});
