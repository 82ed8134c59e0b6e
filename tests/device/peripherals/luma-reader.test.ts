import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLumaReader, type LumaFormat } from '../../../device/peripherals/luma-reader.ts';

type Read = {
  readonly pictures: string[];
  readonly formats: LumaFormat[];
  readonly broken: string[];
};

/** What comes of `bytes` when it arrives cut at `cuts`. */
function read(bytes: Buffer, cuts: readonly number[] = []): Read {
  const pictures: string[] = [];
  const formats: LumaFormat[] = [];
  const broken: string[] = [];
  const reader = createLumaReader({
    onPicture: (format, luma, index) => {
      formats.push(format);
      pictures.push(`${index}:${Buffer.from(luma).toString('hex')}`);
    },
    onBroken: (because) => broken.push(because),
  });
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  edges.sort((a, b) => a - b);
  for (const [i, edge] of edges.entries()) reader.write(bytes.subarray(edges[i - 1] ?? 0, edge));
  return { pictures, formats, broken };
}

const header = 'YUV4MPEG2 W2 H2 F5:1 Ip A1:1 Cmono\n';
const stream = Buffer.from(`${header}FRAME\nabcdFRAME\n\n\n\n\nFRAME\nFRAM`);
const whole = ['0:61626364', '1:0a0a0a0a', '2:4652414d'];

test('pictures come whole however the stream is cut', () => {
  void fc.assert(
    fc.property(fc.array(fc.nat(100), { maxLength: 20 }), (cuts) => {
      expect(read(stream, cuts)).toMatchObject({ pictures: whole, broken: [] });
    }),
  );
});

test('the format says size and rate', () => {
  const odd = Buffer.from('YUV4MPEG2 W3 H1 F30000:1001 Ip Cmono XYSCSS=X\nFRAME\nabc');
  expect(read(odd).formats).toEqual([{ widthPx: 3, heightPx: 1, framesPerSecond: 30_000 / 1001 }]);
});

test.each([
  ['text', 'hello world\n', /no YUV4MPEG2 header \("hello world"\)/],
  ['a colour format', 'YUV4MPEG2 W2 H2 F5:1 C420\n', /no YUV4MPEG2 header/],
  ['no size', 'YUV4MPEG2 F5:1 Cmono\n', /no YUV4MPEG2 header/],
  ['no rate', 'YUV4MPEG2 W2 H2 F5:0 Cmono\n', /no YUV4MPEG2 header/],
  ['an endless line', 'y'.repeat(1000), /no line end in its header/],
  ['a bad frame', `${header}FRAME\nabcdGARBAGE\n`, /does not begin with FRAME \("GARBAGE"\)/],
])('%s is told once, and the rest is swallowed', (_name, text, because) => {
  const { broken } = read(Buffer.from(text + stream.toString()));
  expect(broken).toEqual([expect.stringMatching(because)]);
});
