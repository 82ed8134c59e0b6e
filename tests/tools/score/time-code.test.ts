import { execFileSync } from 'node:child_process';
import { test as alone, beforeAll, describe, expect } from 'vitest';
import { NutReader, nutOptions } from '../../../tools/score/nut-reader.ts';
import { createTimeDecoder, stampFilters, stampOptions } from '../../../tools/score/time-code.ts';
import {
  ffmpegUnderTest,
  hasFfmpeg,
  withFfmpeg as test,
} from '../../support/footage/test-footage.ts';

/** What ffmpeg writes of six pictures whose times, in tenths of a second, `times` says by number; null: their own. */
async function streamOf(times: string | null, rate = '10'): Promise<Buffer> {
  const { path, timing } = await ffmpegUnderTest();
  const own = times === null ? [] : ['settb=1/10', `setpts='${times}'`];
  const filters = [...own, 'format=gray', ...stampFilters].join(',');
  const input = ['-f', 'lavfi', '-i', `testsrc2=s=32x24:r=${rate}`, '-frames:v', '6'];
  const output = [...stampOptions(timing), ...nutOptions, '-'];
  return execFileSync(path, ['-v', 'error', '-nostdin', ...input, '-vf', filters, ...output]);
}

function readIn(pieces: number, stream: Buffer) {
  const found: { sizes: Set<string>; times: (number | null | 'anew')[]; said: string[] } = {
    sizes: new Set(),
    times: [],
    said: [],
  };
  const times = createTimeDecoder();
  const lumas: Uint8Array[] = [];
  const reader = new NutReader({
    onPicture({ widthPx, heightPx }, luma, stamp) {
      found.sizes.add(`${widthPx}x${heightPx}`);
      found.times.push(times.next(stamp));
      lumas.push(luma);
    },
    onOtherSize: () => found.said.push('other size'),
    onBroken: (because) => found.said.push(because),
  });
  for (let at = 0; at < stream.length; at += pieces) reader.take(stream.subarray(at, at + pieces));
  return { ...found, sizes: [...found.sizes], rate: times.frameRate(), lumas };
}

describe('what ffmpeg writes', () => {
  test.each([
    ['steady times', 'N', [0, 100, 200, 300, 400, 500]],
    ['a varying rate, from the first on', '7+N*N', [0, 100, 400, 900, 1600, 2500]],
    ['times that are missing', 'if(between(N,2,3),NAN,N)', [0, 100, null, null, 400, 500]],
    ['a first one that is missing', 'if(N,N,NAN)', [0, 100, 200, 300, 400, 500]],
    [
      'a leap of a day',
      'N+if(gt(N,2),864000,0)',
      [0, 100, 200, 86_400_300, 86_400_400, 86_400_500],
    ],
  ] as const)('gives %s', async (_what, written, expected) => {
    const { times, said, sizes } = readIn(100_000, await streamOf(written));
    expect({ times, said, sizes }).toEqual({ times: expected, said: [], sizes: ['32x24'] });
  });

  test('says that a time runs backwards or stands still, and goes on from there', async () => {
    const { times } = readIn(100_000, await streamOf('if(eq(N,2),0,if(eq(N,3),0,N))'));
    const [zero, first, second, third, fourth, fifth] = times.map(Number);
    expect([zero, first]).toEqual([0, 100]);
    expect(second).toBeLessThan(100);
    expect(third).toBeLessThan(Number(second));
    expect(Number(fourth) - Number(third)).toBeCloseTo(400, 3);
    expect(Number(fifth) - Number(fourth)).toBeCloseTo(100, 3);
  });

  test.each([
    ['30000/1001', 30_000 / 1_001],
    ['12.5', 12.5],
    ['15', 15],
  ])('says the footage has %s frames a second', async (written, rate) => {
    expect(readIn(100_000, await streamOf(null, written)).rate).toBe(rate);
  });

  test.each([1, 7, 769])('is the same in pieces of %i bytes', async (pieces) => {
    const stream = await streamOf('N');
    const whole = readIn(stream.length, stream);
    expect(whole.lumas.map(({ length }) => length)).toEqual(Array(6).fill(32 * 24));
    expect(readIn(pieces, stream)).toEqual(whole);
  });
});

describe.runIf(hasFfmpeg)('of a stream that is not what was asked for', () => {
  let stream: Buffer;
  beforeAll(async () => {
    stream = await streamOf('N');
  });
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(stream);
    copy[at] = value;
    return copy;
  };
  /** Where the first frame begins: behind the only syncpoint, whose ninth byte says how long the rest of it is. */
  const frameAt = (): number => {
    const syncpoint = stream.indexOf(Buffer.from('4e4be4adeeca4569', 'hex'));
    return syncpoint + 9 + (stream[syncpoint + 8] ?? 0);
  };

  alone.each<[string, () => Buffer, RegExp]>([
    ['text', () => Buffer.from('Hello, I am not the stream that you ask for'), /no NUT stream/],
    ['another codec', () => changed(stream.indexOf('Y800'), 0x58), /no stream of grey pictures/],
    ['an unknown packet', () => changed(stream.indexOf('NI') + 1, 0x51), /unknown packet/],
    ['a frame with an invalid code', () => changed(frameAt(), 0), /no frame of its kind/],
    ['a frame before any header', () => withoutHeaders(), /before its headers/],
  ])('%s is refused', (_what, broken, expected) => {
    expect(readIn(64, broken()).said).toEqual([expect.stringMatching(expected)]);
  });

  const withoutHeaders = () => Buffer.concat([stream.subarray(0, 25), stream.subarray(frameAt())]);
});
