import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  FfmpegMissingError,
  type FfmpegPlaces,
  findFfmpeg,
} from '../../../device/peripherals/ffmpeg-binary.ts';
import { ffmpegUnderTest, withFfmpeg } from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const fake = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/ffmpeg/${name}`, import.meta.url));
const nowhere: FfmpegPlaces = { env: {}, packagePath: () => null };

/** A PATH with one folder, in which `ffmpeg` is `target`. */
function pathWith(target: string): string {
  const folder = join(temporaryFolder(), 'bin');
  mkdirSync(folder);
  symlinkSync(target, join(folder, 'ffmpeg'));
  return folder;
}

withFfmpeg('the order is FFMPEG_BIN, ffmpeg-static, PATH, @ffmpeg-installer/ffmpeg', async () => {
  const { path } = await ffmpegUnderTest();
  const everywhere = {
    env: { FFMPEG_BIN: path, PATH: pathWith(path) },
    packagePath: () => path,
  };
  const found = async (places: FfmpegPlaces): Promise<string> => (await findFfmpeg(places)).from;
  expect(await found(everywhere)).toBe('FFMPEG_BIN');
  expect(await found({ ...everywhere, env: { PATH: everywhere.env.PATH } })).toBe('ffmpeg-static');
  const noStatic: FfmpegPlaces['packagePath'] = (name) => (name === 'ffmpeg-static' ? null : path);
  const { PATH } = everywhere.env;
  expect(await found({ env: { PATH }, packagePath: noStatic })).toBe('PATH');
  expect(await found({ env: { PATH: '' }, packagePath: noStatic })).toBe(
    '@ffmpeg-installer/ffmpeg',
  );
});

withFfmpeg('what is found says its path and version', async () => {
  const { path } = await ffmpegUnderTest();
  const found = await findFfmpeg({ ...nowhere, env: { FFMPEG_BIN: path } });
  expect(found).toEqual({
    path,
    from: 'FFMPEG_BIN',
    version: expect.stringMatching(/\d/),
    timing: expect.stringMatching(/^-(fps_mode|vsync)$/),
  });
});

withFfmpeg('one without x264 is passed over', async () => {
  const { path } = await ffmpegUnderTest();
  const found = await findFfmpeg({
    env: { PATH: pathWith(path) },
    packagePath: (name) => (name === 'ffmpeg-static' ? fake('without-x264.sh') : null),
  });
  expect(found.from).toBe('PATH');
});

withFfmpeg('one that cannot write the clock is passed over where another can', async () => {
  const { path } = await ffmpegUnderTest();
  process.env['REAL_FFMPEG'] = path;
  const wordless = fake('without-drawtext.sh');
  const packagePath: FfmpegPlaces['packagePath'] = (name) =>
    name === 'ffmpeg-static' ? wordless : null;
  const found = async (env: FfmpegPlaces['env']): Promise<string> =>
    (await findFfmpeg({ env, packagePath })).from;
  expect(await found({ PATH: pathWith(path) })).toBe('PATH');
  expect(await found({ PATH: '' })).toBe('ffmpeg-static');
  expect(await found({ FFMPEG_BIN: wordless, PATH: pathWith(path) })).toBe('FFMPEG_BIN');
});

test('where none serves, the error names every place and why', async () => {
  const refusal = await findFfmpeg({
    env: { PATH: pathWith(fake('is-something-else.sh')) },
    packagePath: (name) =>
      name === 'ffmpeg-static' ? fake('without-x264.sh') : '/nowhere/at/all/ffmpeg',
  }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(FfmpegMissingError);
  const { tried, message } = refusal as FfmpegMissingError;
  expect(tried.map(({ from }) => from)).toEqual([
    'FFMPEG_BIN',
    'ffmpeg-static',
    'PATH',
    '@ffmpeg-installer/ffmpeg',
  ]);
  expect(message).toMatch(/FFMPEG_BIN \(not set\)/);
  expect(message).toMatch(/ffmpeg-static \(.*without-x264\.sh: has no libx264\)/);
  expect(message).toMatch(/PATH \(.*: runs, but is not ffmpeg\)/);
  expect(message).toMatch(/@ffmpeg-installer\/ffmpeg \(.*: no such file\)/);
});

withFfmpeg('who names a binary by FFMPEG_BIN gets that one or an error', async () => {
  const { path } = await ffmpegUnderTest();
  const places = { env: { FFMPEG_BIN: '/nowhere/ffmpeg', PATH: pathWith(path) } };
  await expect(findFfmpeg({ ...nowhere, ...places })).rejects.toThrow(
    /tried FFMPEG_BIN \(\/nowhere\/ffmpeg: no such file\);/,
  );
});

withFfmpeg(
  'a process asks its own ffmpeg once, and another one when it is told of another',
  async () => {
    process.env['REAL_FFMPEG'] = (await ffmpegUnderTest()).path;
    const folder = temporaryFolder();
    const before = process.env['FFMPEG_BIN'];
    for (const name of ['one', 'two']) symlinkSync(fake('counts.sh'), join(folder, name));
    try {
      for (const name of ['one', 'one', 'two', 'one']) {
        process.env['FFMPEG_BIN'] = join(folder, name);
        expect((await findFfmpeg()).path).toBe(join(folder, name));
      }
    } finally {
      if (before === undefined) delete process.env['FFMPEG_BIN'];
      else process.env['FFMPEG_BIN'] = before;
    }
    expect(readFileSync(join(folder, 'one.log'), 'utf8')).toBe('asked\n');
    expect(readFileSync(join(folder, 'two.log'), 'utf8')).toBe('asked\n');
  },
);
