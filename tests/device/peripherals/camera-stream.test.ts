import { expect, test } from 'vitest';
import { CameraStream } from '../../../device/peripherals/camera-stream.ts';
import { type UptimeMs, uptimeMs } from '../../../device/wire/time.ts';

const format = { widthPx: 2, heightPx: 2, framesPerSecond: 5 };

/** It says when its pictures were; time stands at `uptime` after boot, until it is set on. */
function openStream(uptime: number, notBefore: UptimeMs, isFast = false) {
  const times: number[] = [];
  let nowMs = uptime;
  const stream = new CameraStream({
    uptime: () => uptimeMs(nowMs),
    notBefore,
    framesPerSecond: 5,
    colorMatrix: 'bt709',
    continuous: true,
    inOrder: isFast,
    sink: {
      onLuma: ({ at }) => times.push(at),
      onMediaInit: () => {},
      onFragment: () => {},
    },
    onMovie: () => {},
    onProgress: () => {},
  });
  const take = (index: number): void => stream.takePicture(format, new Uint8Array(4), index);
  const show = (count: number): void => {
    for (let index = 0; index < count; index++) take(index);
    stream.end();
  };
  const takeAt = (ms: number, index: number): void => {
    nowMs = ms;
    take(index);
  };
  return { stream, show, takeAt, times };
}

test('a stream that follows one that ran ahead of the clock begins where that ended', () => {
  const first = openStream(1_000, uptimeMs(0), true);
  first.show(500);
  expect([first.times[0], first.times.at(-1)]).toEqual([800, 100_600]);
  const second = openStream(2_000, first.stream.endsAt, true);
  second.show(2);
  expect(second.times).toEqual([100_600, 100_800]);
});

test('a stream that follows one that did not begins when it comes, and never before the boot', () => {
  const second = openStream(9_000, uptimeMs(1_200), true);
  second.stream.paceFromNow();
  second.show(2);
  expect(second.times).toEqual([9_000, 9_200]);
  const early = openStream(100, uptimeMs(0));
  early.show(1);
  expect(early.times).toEqual([0]);
});

test('what was heard late of a stream in real time puts none of its pictures into the future', () => {
  const { stream, takeAt, times } = openStream(1_500, uptimeMs(0));
  // ffmpeg began at 1000; this process heard of it when it had a processor again, and three pictures waited by then.
  stream.paceFromNow();
  for (const index of [0, 1, 2]) takeAt(1_500, index);
  for (const index of [3, 4, 5]) takeAt(1_000 + index * 200, index);
  expect(times).toEqual([1_500, 1_500, 1_500, 1_600, 1_800, 2_000]);
  const after = openStream(5_000, stream.endsAt);
  after.stream.paceFromNow();
  for (const index of [0, 10]) after.takeAt(5_000, index);
  expect(after.times).toEqual([5_000, 5_000]);
});

test('a stream in real time that comes in a burst begins no sooner than the last one ended', () => {
  const { takeAt, times } = openStream(5_000, uptimeMs(4_700));
  for (const index of [0, 1, 2]) takeAt(5_000, index);
  takeAt(5_300, 3);
  expect(times).toEqual([4_800, 5_000, 5_100, 5_300]);
});
