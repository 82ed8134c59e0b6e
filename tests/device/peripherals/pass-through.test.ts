import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ImagerSettings } from '../../../device/board.ts';
import type { FootageFacts } from '../../../device/peripherals/footage-probe.ts';
import type { FootageSource } from '../../../device/peripherals/footage-source.ts';
import { passThroughRefusal } from '../../../device/peripherals/pass-through.ts';
import { plainSettings } from '../../contract/imager.ts';
import { withFfmpeg as test, testPicture } from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const facts: FootageFacts = {
  videoCodec: 'h264',
  widthPx: 320,
  heightPx: 180,
  colorMatrix: 'bt709',
  audioCodec: null,
  durationMs: 3000,
};
const playback = { mode: 'once', pace: 'fast' } as const;
const file = (path: string): FootageSource => ({ kind: 'file', path, playback });
const refusalOf = (
  source: FootageSource,
  settings: Partial<ImagerSettings> = {},
  found: Partial<FootageFacts> = {},
) => passThroughRefusal(source, { ...plainSettings, ...settings }, { ...facts, ...found });
const picture = (more: readonly string[] = [], rest: { gop?: number; rate?: number } = {}) =>
  testPicture(temporaryFolder(), { ...rest, more: ['-bf', '0', ...more] });
const mask = { x: 0, y: 0, width: 0.1, height: 0.1 };

test('footage with an IDR each second goes out as it is', async () => {
  const fit = file(await picture());
  expect(await refusalOf(fit)).toBeNull();
  expect(await refusalOf(fit, {}, { audioCodec: 'aac' })).toBeNull();
  expect(await refusalOf(fit, { audio: false }, { audioCodec: 'mp3' })).toBeNull();
});

test.each<[string, Partial<ImagerSettings>, Partial<FootageFacts>, string]>([
  ['a clock to burn in', { clockOverlay: true }, {}, 'a clock overlay is to be burnt in'],
  ['a mask to burn in', { privacyMasks: [mask] }, {}, 'privacy masks are to be burnt in'],
  ['another codec', {}, { videoCodec: 'hevc' }, 'its video is hevc, expected h264'],
  ['other sound', {}, { audioCodec: 'mp3' }, 'its sound is mp3, expected aac'],
])('%s keeps footage from it', async (_what, settings, found, because) => {
  expect(await refusalOf(file(await picture()), settings, found)).toBe(because);
});

test.each<FootageSource>([
  { kind: 'images', folder: '/nowhere', playback },
  { kind: 'url', url: 'rtsp://camera/door', rtspTransport: 'tcp' },
  { kind: 'camera', device: '/dev/video0' },
])('what cannot be read to its end is not: $kind', async (source) => {
  expect(await refusalOf(source)).toBe('only a file can be examined for its IDR pictures');
});

test.each<[string, readonly string[], { gop?: number; rate?: number }, RegExp]>([
  ['IDR pictures two seconds apart', [], { gop: 30 }, /^no IDR within 1000 ms after the one at 0/],
  ['an IDR a picture too late', [], { gop: 16 }, /^no IDR within 1000 ms after the one at 0/],
  [
    'recovery points in place of IDRs',
    ['-x264-params', 'intra-refresh=1:keyint=15'],
    {},
    /^no IDR within 1000 ms after the one at 0/,
  ],
  ['B-frames', ['-bf', '2'], {}, /B-frames/],
])('%s keep footage from it', async (_what, more, rest, because) => {
  expect(await refusalOf(file(await picture(more, rest)))).toMatch(because);
});

test('footage that was cut short, or is none, is not', async () => {
  const whole = await picture(['-movflags', '+faststart']);
  const bytes = readFileSync(whole);
  const cut = join(temporaryFolder(), 'cut.mp4');
  writeFileSync(cut, bytes.subarray(0, Math.round(bytes.length * 0.6)));
  expect(await refusalOf(file(cut))).toMatch(/^it is cut short at \d\.\d s$|could not be read/);
  const none = join(temporaryFolder(), 'none.mp4');
  writeFileSync(none, 'this is no film');
  expect(await refusalOf(file(none))).toMatch(/^its packets could not be read/);
});
