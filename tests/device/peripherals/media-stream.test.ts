import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, expect } from 'vitest';
import { FragmentBuilder } from '../../../device/peripherals/fragment-builder.ts';
import { JpegSplitter } from '../../../device/peripherals/jpeg-splitter.ts';
import type { MediaHead } from '../../../device/peripherals/media-head.ts';
import { ReplayOrder } from '../../../device/peripherals/replay-order.ts';
import { type Sample, SampleReader } from '../../../device/peripherals/sample-reader.ts';
import { Mp4Error } from '../../../device/wire/mp4-boxes.ts';
import { runFfmpeg, withFfmpeg as test } from '../../support/footage/test-footage.ts';
import { permanentFolder } from '../../support/permanent-folder.ts';

const folder = permanentFolder();
let stream = Buffer.alloc(0);
beforeAll(async () => {
  const file = join(folder, 'stream.mp4');
  await runFfmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=15:d=2', '-f', 'lavfi', '-i', 'sine=d=2'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '15', '-c:a', 'aac'],
    ...['-movflags', '+frag_every_frame+empty_moov+default_base_moof+frag_discont', file],
  );
  stream = readFileSync(file);
});

function read(pieces: readonly Buffer[]): { heads: MediaHead[]; samples: Sample[] } {
  const heads: MediaHead[] = [];
  const samples: Sample[] = [];
  const reader = new SampleReader({
    onHead: (head) => heads.push(head),
    onMovie: () => {},
    onSample: (sample) => samples.push(sample),
  });
  // One buffer for all, as the socket's reader has it.
  const buffer = Buffer.alloc(Math.max(...pieces.map((piece) => piece.length), 1));
  for (const piece of pieces) {
    piece.copy(buffer);
    reader.take(buffer.subarray(0, piece.length));
  }
  return { heads, samples };
}

test('samples are the same however the stream is cut', () => {
  const whole = read([stream]);
  expect(whole.heads).toHaveLength(1);
  expect(whole.samples.filter(({ trackId }) => trackId === 1)).toHaveLength(30);
  void fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }), (sizes) => {
      const pieces: Buffer[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        pieces.push(stream.subarray(at, at + size));
        at += size;
      }
      expect(read(pieces).samples).toEqual(whole.samples);
    }),
    { numRuns: 20 },
  );
});

test('each spoiled byte of a stream is an Mp4Error or harmless, never another failure', () => {
  void fc.assert(
    fc.property(fc.nat(1500), fc.nat(255), (at, value) => {
      const spoiled = Buffer.from(stream);
      spoiled[at] = value;
      try {
        read([spoiled]);
      } catch (error) {
        expect(error).toBeInstanceOf(Mp4Error);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a stream without IDR for more than a second is refused', () => {
  const { heads, samples } = read([stream]);
  const [head] = heads;
  if (head === undefined) throw new Error('expected a head');
  const builder = new FragmentBuilder(head);
  const video = samples.filter(({ trackId }) => trackId === head.video.trackId);
  const [idr] = video;
  const others = video.filter((sample) => !builder.startsGroup(sample));
  expect(() => {
    for (const sample of idr === undefined ? [] : [idr, ...others]) builder.take(sample);
  }).toThrow(/no IDR picture for .* ms, expected one every 1000/);
});

test('luma and fragments come in the order of their time, whichever pipe was read first', () => {
  type Step = { readonly kind: 'luma' | 'video'; readonly ms: number };
  const play = (steps: readonly Step[]): string => {
    const order = new ReplayOrder();
    const out: string[] = [];
    for (const { kind, ms } of steps) {
      if (kind === 'luma') order.takeLuma(ms, () => out.push(`l${ms}`));
      else {
        order.sawVideo(ms);
        if (ms > 0 && ms % 1000 === 0) order.takeFragment(ms, () => out.push(`f${ms}`));
      }
    }
    order.end();
    return out.join();
  };
  const luma = Array.from({ length: 16 }, (_, i): Step => ({ kind: 'luma', ms: i * 200 }));
  const video = Array.from({ length: 31 }, (_, i): Step => ({ kind: 'video', ms: i * 100 }));
  const expected = play([...luma, ...video]);
  expect(expected).toMatch(
    /^l0,l200,l400,l600,l800,f1000,l1000,.*l1800,f2000,l2000,.*f3000,l3000$/,
  );
  void fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (choices) => {
      const rest = { luma: [...luma], video: [...video] };
      const steps: Step[] = [];
      for (const first of choices) {
        const step = first
          ? (rest.luma.shift() ?? rest.video.shift())
          : (rest.video.shift() ?? rest.luma.shift());
        if (step !== undefined) steps.push(step);
      }
      expect(play(steps)).toBe(expected);
    }),
  );
});

test('JPEGs come whole however their stream is cut, and rubbish between them is skipped', () => {
  const jpeg = (body: string): Buffer =>
    Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(body), Buffer.from([0xff, 0xd9])]);
  const pictures = [jpeg('one'), jpeg(''), jpeg('three')];
  const bytes = Buffer.concat([Buffer.from('rubbish'), ...pictures]);
  void fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      const splitter = new JpegSplitter(1000);
      const out: Buffer[] = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        out.push(...splitter.take(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(out).toEqual(pictures);
    }),
  );
});
