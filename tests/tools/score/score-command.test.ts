import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { uptimeMs } from '../../../device/wire/time.ts';
import { noTruth } from '../../../tools/score/footage.ts';
import { maskWriter } from '../../../tools/score/frame-files.ts';
import { readPicture } from '../../../tools/score/picture-file.ts';
import { scoreReportSchema } from '../../../tools/score/score-record.ts';
import { writeGrey } from '../../support/footage/scored-footage.ts';
import { hasFfmpeg, runFfmpeg, testPicture } from '../../support/footage/test-footage.ts';
import { runningProcesses } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

const launcher = join(import.meta.dirname, '../../../tools/doorbell.mjs');
const csv = 'file,start_frame,end_frame,fps,label,basis,tolerance_frames,note\n';

function doorbell(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Twenty frames, a person from 5 to 9, quiet from 10 on. */
async function labelledFolder(): Promise<string> {
  const folder = temporaryFolder();
  await testPicture(folder, { size: '96x64', rate: 10, seconds: 2 });
  const lines = 'picture.mp4,5,9,10,PERSON,eye,0,\npicture.mp4,10,19,10,NO_MOTION,eye,0,\n';
  writeFileSync(join(folder, 'events.csv'), csv + lines);
  return folder;
}

describe.skipIf(!hasFfmpeg)('doorbell score (needs ffmpeg)', () => {
  test('prints a line for each file and one for all', async () => {
    const { status, stdout, stderr } = doorbell('score', await labelledFolder());
    expect(stdout).toMatch(/^FOOTAGE .*\npicture\.mp4 +96x64 +20 +[01]\/1 /);
    expect(stdout).toMatch(/\n1 file: intervals [01]\/1; coverage [\d.]+; /);
    expect([status, stderr]).toEqual([0, '']);
  });

  test('CDnet by category: the mean of each, and of none where there is only one', async () => {
    const folder = temporaryFolder();
    for (const video of ['night/street', 'day/road', 'day/path']) {
      for (const [n, truth] of [0, 255].entries()) {
        const [input, mask] = [`in00000${n}.png`, `gt00000${n}.png`];
        await writeGrey(join(folder, video, 'input', input), 32, 24, () => 90);
        await writeGrey(join(folder, video, 'groundtruth', mask), 32, 24, () => truth);
      }
    }
    const { stdout } = doorbell('score', folder);
    const zero = '0\\.000';
    const line = (name: string): RegExp => new RegExp(`^${name} +${zero} +${zero} +${zero}$`, 'm');
    expect(stdout).toMatch(/^CATEGORY +PRECISION +RECALL +F$/m);
    expect(stdout).toMatch(line('day'));
    expect(stdout).toMatch(line('night'));
    expect(doorbell('score', join(folder, 'day')).stdout).not.toContain('CATEGORY');
  });

  test('footage without truth has no columns of dashes, and tells its alerts', async () => {
    const file = await testPicture(temporaryFolder(), { size: '96x64', rate: 10, seconds: 2 });
    const { stdout } = doorbell('score', file);
    expect(stdout).toMatch(/^FOOTAGE +SIZE +FRAMES +ALERTS +DETECT\/S\n\S+ +96x64 +20 +\d /);
    expect(stdout).toContain('1 file: no truth beside it; ');
  });

  test('--json, --frames, --masks and --html hold what they should', async () => {
    const folder = await labelledFolder();
    const out = join(folder, 'out');
    const files = ['--frames', `${folder}/frames.ndjson`, '--masks', `${out}/masks`];
    const { status, stdout } = doorbell(
      'score',
      folder,
      '--json',
      ...files,
      '--html',
      `${out}/html`,
    );
    expect(status).toBe(0);
    const report = scoreReportSchema.parse(JSON.parse(stdout));
    expect(report).toMatchObject({ v: 1, learningSeconds: 5, unscored: [], totals: { files: 1 } });
    expect(report.files[0]).toMatchObject({ name: 'picture.mp4', frames: 20, framesPerSecond: 10 });
    expect(JSON.parse(readFileSync(`${out}/html/score.json`, 'utf8'))).toEqual(report);
    expect(readFileSync(`${out}/html/index.html`, 'utf8')).toContain('No earlier run');

    const lines = readFileSync(`${folder}/frames.ndjson`, 'utf8').trim().split('\n');
    const frames = lines.map((line) => JSON.parse(line));
    expect(frames.map(({ frame, atMs }) => [frame, atMs])).toEqual(
      Array.from({ length: 20 }, (_, i) => [i, i * 100]),
    );
    expect(Object.keys(frames[0])).toEqual([
      ...[
        'file',
        'frame',
        'image',
        'atMs',
        'motion',
        'moving',
        'score',
        'changed',
        'because',
        'regions',
      ],
    ]);

    const masks = readdirSync(`${out}/masks/picture.mp4`).sort();
    expect(masks).toHaveLength(20);
    expect([masks[0], masks[19]]).toEqual(['mask000001.png', 'mask000020.png']);
    const mask = sharp(`${out}/masks/picture.mp4/${masks[19]}`);
    expect(await mask.metadata()).toMatchObject({ width: 96, height: 64, channels: 1 });
    const pixels = await mask.extractChannel(0).raw().toBuffer();
    const levels = new Set(pixels);
    expect([...levels].filter((level) => level !== 0 && level !== 255)).toEqual([]);

    // The masks that lie in the folder by now are no footage.
    expect(doorbell('score', folder, '--html', `${out}/html`).status).toBe(0);
    expect(readFileSync(`${out}/html/index.html`, 'utf8')).toContain('Small figures: the run of');
  });

  test('what cannot be read is named, the rest is scored, the exit code is 1', async () => {
    const folder = await labelledFolder();
    writeFileSync(join(folder, 'torn.mp4'), 'no video');
    const { status, stdout, stderr } = doorbell('score', folder, '--json');
    const report = scoreReportSchema.parse(JSON.parse(stdout));
    expect(report.files.map(({ name }) => name)).toEqual(['picture.mp4']);
    const because = expect.stringMatching(/torn\.mp4: no picture in it/);
    expect(report.unscored).toEqual([{ name: 'torn.mp4', because }]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^not scored: .*torn\.mp4/m)]);
  });

  test.each<[string, (folder: string) => string[] | Promise<string[]>, RegExp]>([
    ['a missing file', () => ['/nowhere.mp4'], /\/nowhere\.mp4: no such file or folder/],
    ['an empty folder', (folder) => [folder], /no footage in it/],
    [
      'a video that is none',
      (folder) => {
        writeFileSync(`${folder}/a.mp4`, 'text');
        return [`${folder}/a.mp4`];
      },
      /a\.mp4: no picture in it/,
    ],
    [
      'truth of another size',
      async (folder) => {
        await testPicture(folder, { name: 'a.mp4', size: '96x64', seconds: 1 });
        await writeGrey(`${folder}/a_gt_f3.png`, 64, 64, () => 0);
        return [folder];
      },
      /the mask of frame 3 is 64x64, which is another shape/,
    ],
    [
      'labels that are none',
      async (folder) => {
        await testPicture(folder, { name: 'a.mp4', size: '96x64', seconds: 1 });
        writeFileSync(`${folder}/events.csv`, 'a.mp4;0;9;10;PERSON\n');
        return [folder];
      },
      /events\.csv line 1: expected file,start_frame,/,
    ],
    [
      'a scene whose truth is none',
      (folder) => {
        writeFileSync(`${folder}/truth.json`, '{"v": 2}');
        return [folder];
      },
      /scene file is malformed/,
    ],
    ['a rate that is none', () => ['.', '--rate', '0'], /expected a number above 0/],
    ['a width of nothing', () => ['.', '--width', '0.5'], /expected a whole number/],
    ['a width too small', () => ['.', '--width', '15'], /expected 16 pixels or more/],
    ['settings that are none', () => ['.', '--settings', '/nowhere'], /cannot read the settings/],
    [
      'a report that cannot be written, before the footage is looked at',
      (folder) => {
        writeFileSync(`${folder}/a.mp4`, 'text');
        return [folder, '--html', `${folder}/a.mp4/report`];
      },
      /cannot write into .*report/,
    ],
    [
      'a report where nothing can be stored',
      (folder) => {
        writeFileSync(`${folder}/a.mp4`, 'text');
        return [folder, '--html', '/proc/nowhere/report'];
      },
      /nothing can be stored|cannot write into/,
    ],
    [
      'masks of two videos',
      (folder) => {
        for (const name of ['a.mp4', 'b.mp4']) writeFileSync(`${folder}/${name}`, 'text');
        return [folder, '--masks-video', `${folder}/a.mp4`];
      },
      /--masks-video needs exactly one video, found 2/,
    ],
    [
      'a place that cannot be written',
      async (folder) => {
        mkdirSync(`${folder}/f.ndjson`);
        await testPicture(folder, { name: 'a.mp4', size: '96x64', seconds: 1 });
        return [folder, '--frames', `${folder}/f.ndjson`];
      },
      /cannot write .*f\.ndjson/,
    ],
  ])('%s is one sentence and exit code 2', async (_what, words, expected) => {
    const { status, stderr } = doorbell('score', ...(await words(temporaryFolder())));
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s ends it with exit code %d, and ffmpeg with it; nothing half done is left',
    async (signal, code) => {
      const folder = temporaryFolder();
      // Twenty minutes of nothing, of which the first second has to be enough.
      const grey = 'color=gray:s=640x360:r=30:d=2';
      const [short, long] = [join(folder, 'short.mp4'), join(folder, 'long.mp4')];
      await runFfmpeg('-f', 'lavfi', '-i', grey, '-c:v', 'libx264', short);
      await runFfmpeg('-stream_loop', '599', '-i', short, '-c', 'copy', long);
      const [lines, report] = [join(folder, 'lines.ndjson'), join(folder, 'report')];
      writeFileSync(lines, 'of the last run');
      const words = ['score', long, '--frames', lines, '--html', report];
      const child = spawn(process.execPath, [launcher, ...words], { stdio: 'pipe' });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      await waitFor('ffmpeg at work', () => decodersOf(child, long).length > 0);
      child.kill(signal);
      const [exitCode] = await once(child, 'close');
      expect([exitCode, stderr.split('\n').at(-2)]).toEqual([
        code,
        `doorbell: stopped by ${signal}`,
      ]);
      await waitFor('ffmpeg gone', () => decodersOf(child, long).length === 0);
      expect([readFileSync(lines, 'utf8'), readdirSync(report)]).toEqual(['of the last run', []]);
      expect(readdirSync(folder).sort()).toEqual([
        'lines.ndjson',
        'long.mp4',
        'report',
        'short.mp4',
      ]);
    },
  );
});

describe('masks on disk', () => {
  const [widthPx, heightPx] = [5, 3];
  const foreground = Uint8Array.from({ length: 5 * 3 }, (_, i) => (i % 4 === 1 ? 255 : 0));
  const quiet = { motion: false, score: 0, changed: 0, regions: [], because: 'quiet' };
  const observation = { at: uptimeMs(0), ...quiet };
  const seen = { observation, moving: false, foreground, widthPx, heightPx };

  async function masksOf(images: readonly string[] | null): Promise<readonly string[]> {
    const folder = temporaryFolder();
    const source = { path: folder, images, framesPerSecond: 5, analysisWidthPx: 320 };
    const name = 'day/walk';
    const write = maskWriter(folder, { name, category: 'day', source, truth: noTruth, notes: [] });
    for (const index of [0, 1]) await write({ index, ...seen });
    return readdirSync(join(folder, name)).map((file) => join(folder, name, file));
  }

  test('are the foreground, pixel by pixel', async () => {
    const [file = ''] = await masksOf(null);
    const read = await readPicture(file);
    expect(read).toMatchObject({ widthPx, heightPx });
    expect([...read.bytes]).toEqual([...foreground]);
  });

  test.each<[string, readonly string[] | null, readonly string[]]>([
    ['frames of a video count from 1', null, ['mask000001.png', 'mask000002.png']],
    [
      'an image keeps its number',
      ['in0470.jpg', 'in0472.jpg'],
      ['mask000470.png', 'mask000472.png'],
    ],
    ['not one that it shares', ['7 a.jpg', '7 b.jpg'], ['mask000001.png', 'mask000002.png']],
    ['nor where one has none', ['7.jpg', 'b.jpg'], ['mask000001.png', 'mask000002.png']],
  ])('%s', async (_what, images, expected) => {
    expect((await masksOf(images)).map((file) => basename(file))).toEqual(expected);
  });
});

/** Processes other than the command itself that have the file on their command line. */
const decodersOf = (child: ChildProcess, file: string): string[] =>
  runningProcesses()
    .filter(({ pid, words }) => pid !== child.pid && words.includes(`file:${file}`))
    .map(({ words }) => words);
