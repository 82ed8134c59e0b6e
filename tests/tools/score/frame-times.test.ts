import { describe, expect, test } from 'vitest';
import { createFfmpegLog } from '../../../tools/score/ffmpeg-log.ts';
import { createFrameStamper, listedTimes, steadyTimes } from '../../../tools/score/frame-times.ts';

test.each([1, 7, 100_000])('what ffmpeg complains of is read in pieces of %d', (size) => {
  const said = `[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'a.mp4':
[h264 @ 0x66] [error] error while decoding MB 3 4
[h264 @ 0x66] [warning] concealing errors
[h264 @ 0x66] [error] error while decoding MB 3 4
[fatal] the end
`;
  const log = createFfmpegLog();
  for (let at = 0; at < said.length; at += size) log.take(said.slice(at, at + size));
  expect(log.complaints()).toEqual(['error while decoding MB 3 4', 'the end']);
});

describe('when frames are', () => {
  const stamps = (times: readonly (number | null)[]) => {
    const stamper = createFrameStamper(() => 40);
    return { atMs: times.map((time) => stamper.next(time)), mended: stamper.mended() };
  };

  test.each<[string, (number | null)[], number[], number]>([
    ['own times are kept, from the first', [500, 540, 700], [0, 40, 200], 0],
    ['a missing time goes on at the usual step', [0, null, null], [0, 40, 80], 2],
    ['a clock that ran back goes on from there', [0, 40, 10, 50], [0, 40, 80, 120], 1],
    ['a leap of hours is no waiting', [0, 40, 9e6, 9e6 + 40], [0, 40, 80, 120], 1],
  ])('%s', (_what, times, atMs, mended) => {
    expect(stamps(times)).toEqual({ atMs, mended });
  });

  test('a run of frames lasts until the next begins, the last as long as the one before', () => {
    const times = listedTimes([0, 100, 200, 1_200]);
    expect(times.secondsOf(0, 1)).toBeCloseTo(0.2);
    expect(times.secondsOf(2, 2)).toBeCloseTo(1);
    expect(times.secondsOf(0, 3)).toBeCloseTo(2.2);
    expect(times.secondsOf(3, 2)).toBe(0);
  });

  test('a steady rate gives the same by both ways', () => {
    const listed = listedTimes(Array.from({ length: 30 }, (_, i) => (i * 1000) / 15));
    const steady = steadyTimes(15);
    expect(listed.secondsOf(3, 17)).toBeCloseTo(steady.secondsOf(3, 17), 9);
    expect(listed.atMs(29)).toBeCloseTo(steady.atMs(29), 9);
  });
});
