import { expect, test } from 'vitest';
import { CameraStream } from '../../../device/peripherals/camera-stream.ts';
import { type UptimeMs, uptimeMs } from '../../../device/wire/time.ts';

const format = { widthPx: 2, heightPx: 2, framesPerSecond: 5 };

/** One that is read as fast as can be, `uptime` after boot; and when its pictures were, it says. */
function openStream(uptime: number, notBefore: UptimeMs) {
  const times: number[] = [];
  const stream = new CameraStream({
    uptime: () => uptimeMs(uptime),
    notBefore,
    framesPerSecond: 5,
    colorMatrix: 'bt709',
    continuous: true,
    inOrder: false,
    sink: {
      onLuma: ({ at }) => times.push(at),
      onMediaInit: () => {},
      onFragment: () => {},
    },
    onMovie: () => {},
    onProgress: () => {},
  });
  const show = (count: number): void => {
    for (let index = 0; index < count; index++) {
      stream.takePicture(format, new Uint8Array(4), index);
    }
  };
  return { stream, show, times };
}

test('a stream that follows one that ran ahead of the clock begins where that ended', () => {
  const first = openStream(1_000, uptimeMs(0));
  first.show(501);
  expect([first.times[0], first.times.at(-1)]).toEqual([800, 100_800]);
  const second = openStream(2_000, first.stream.endsAt);
  second.show(2);
  expect(second.times).toEqual([100_800, 101_000]);
});

test('a stream that follows one that did not begins when it comes, and never before the boot', () => {
  const second = openStream(9_000, uptimeMs(1_200));
  second.stream.paceFromNow();
  second.show(2);
  expect(second.times).toEqual([9_000, 9_200]);
  const early = openStream(100, uptimeMs(0));
  early.show(1);
  expect(early.times).toEqual([0]);
});
