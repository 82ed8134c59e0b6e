import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { findFootage } from '../../../tools/score/footage-discovery.ts';
import { scoreFootage } from '../../../tools/score/footage-run.ts';
import type { FootageScore } from '../../../tools/score/footage-scorer.ts';
import { paintVerdicts } from '../../../tools/score/report-overlay.ts';
import { drawReport } from '../../../tools/score/report-page.ts';
import { drawPixels } from '../../../tools/score/report-pixels.ts';
import { drawStrip, wholeMsOf } from '../../../tools/score/report-strip.ts';
import { drawCategories } from '../../../tools/score/report-table.ts';
import { anchorOf, clockTime, escapeHtml } from '../../../tools/score/report-text.ts';
import { recordOf, type ScoreReport } from '../../../tools/score/score-record.ts';
import { totalsOf } from '../../../tools/score/totals.ts';
import { asFound, told, writeGrey } from '../../support/footage/scored-footage.ts';
import { hasFfmpeg, testPicture } from '../../support/footage/test-footage.ts';
import { chromiumBin, faultsOf, launchChromium, patient } from '../../support/pages/chromium.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const csv = `file,start_frame,end_frame,fps,label,basis,tolerance_frames,note
picture.mp4,0,9,10,NO_MOTION,eye,0,
picture.mp4,10,19,10,A <PERSON>,eye,0,
picture.mp4,20,29,10,NO_MOTION,eye,0,
`;
const day = '2026-11-22T10:00:00.000Z';
const box = { x: 0.25, y: 0.5, width: 0.5, height: 0.25 };

/** Thirty frames at ten a second; flagged from `first` to `last`. */
async function scored(first: number, last: number) {
  const folder = temporaryFolder();
  const file = await testPicture(folder, { size: '160x90', rate: 10, seconds: 3 });
  writeFileSync(join(folder, 'events.csv'), csv);
  const [footage] = await findFootage([file], asFound);
  if (footage === undefined) throw new Error('no footage');
  const flagged = (frame: number): boolean => frame >= first && frame <= last;
  const script = told((frame) => ({
    motion: flagged(frame),
    regions: flagged(frame) ? [box] : [],
  }));
  const score = await scoreFootage(footage, script);
  return { score, intervals: footage.truth.intervals ?? [] };
}

const reportOf = (scores: readonly FootageScore[], scoredAt: string): ScoreReport => ({
  v: 1,
  scoredAt,
  detector: 'doorbell',
  learningSeconds: 5,
  totals: totalsOf(scores),
  files: scores.map(recordOf),
  unscored: [],
});

async function page(now: FootageScore, was: FootageScore | null, more: Partial<ScoreReport> = {}) {
  const { intervals } = await scored(0, 0);
  return drawReport({
    report: { ...reportOf([now], day), ...more },
    scores: [now],
    intervals: new Map([[now.name, intervals]]),
    before: was === null ? null : reportOf([was], '2026-11-21T09:30:00.000Z'),
  });
}

describe.skipIf(!hasFfmpeg)('the report (needs ffmpeg)', () => {
  test('a strip holds truth above and what came of it below, in order of time', async () => {
    const { score, intervals } = await scored(13, 22);
    const strip = drawStrip(score, intervals);
    const bars = [...strip.matchAll(/<rect class="(\w+)" x="(\d+)" y="(\d+)" width="(\d+)"/g)];
    expect(
      bars.map(([, kind, x, y, width]) => [kind, Number(x), Number(y), Number(width)]),
    ).toEqual([
      ['quiet', 0, 0, 1000],
      ['moving', 1000, 0, 1000],
      ['quiet', 2000, 0, 1000],
      ['miss', 1000, 22, 300],
      ['hit', 1300, 14, 700],
      ['false', 2000, 14, 300],
    ]);
    expect(strip).toContain('1 runs detected, 1 missed, 1 false alarms');
  });

  test('zones and motion masks are drawn in the pictures, and named beside them', async () => {
    const { score } = await scored(13, 22);
    const polygon = [
      { x: 0, y: 0.5 },
      { x: 1, y: 0.5 },
      { x: 0.5, y: 1 },
    ];
    const zone = { kind: 'exclude', polygon, sensitivity: null } as const;
    const areas = { zones: [{ ...zone, name: 'the <street>' }], masks: [polygon.toReversed()] };
    const html = await page({ ...score, areas }, null);
    const figures = [...html.matchAll(/<figure.*?<\/figure>/gs)].map(([figure]) => figure);
    expect(figures.length).toBe(2);
    for (const figure of figures) {
      expect(figure).toContain(
        '<polygon class="mask" points="0.5000,1.0000 1.0000,0.5000 0.0000,0.5000">',
      );
      expect(figure).toContain(
        '<polygon class="exclude" points="0.0000,0.5000 1.0000,0.5000 0.5000,1.0000">' +
          '<title>the &#60;street&#62;</title></polygon>',
      );
    }
    expect(html).toContain('<li class="exclude">zone the &#60;street&#62;, excluded</li>');
    expect(await page(score, null)).not.toContain('class="legend areas"');
  });

  test('pictures of misses and false alarms are in it, with the regions drawn', async () => {
    const { score } = await scored(13, 22);
    const html = await page(score, null);
    const figures = [...html.matchAll(/<figure class="([\w-]+)">.*?<\/figure>/gs)];
    expect(figures.map(([, kind]) => kind)).toEqual(['miss', 'false-alarm']);
    const [[miss = ''] = [], [alarm = ''] = []] = figures;
    expect(alarm).toContain('<b>False alarm</b> for 0.3 s from 0:02.0');
    expect(alarm).toContain(
      '<rect class="alarm" x="0.2500" y="0.5000" width="0.5000" height="0.2500">',
    );
    expect(miss).not.toContain('<rect');
    expect(miss).toMatch(/src="data:image\/jpeg;base64,[\w+/=]{500,}"/);
  });

  test('figures that changed are held against the last run, better and worse', async () => {
    const now = (await scored(11, 22)).score;
    const was = (await scored(13, 20)).score;
    const html = await page(now, was);
    expect(html).toContain('Small figures: the run of 2026-11-21 09:30 UTC, where');
    const row = /<tbody>\s*(<tr>.*?<\/tr>)/s.exec(html)?.[1] ?? '';
    expect(row).toMatch(/0\.900.*class="better".*was 0\.700/s);
    expect(row).toMatch(/0\.3.*class="worse".*was 0\.1/s);
    expect(row).toMatch(/100.*class="better".*was 300/s);
    expect(row).not.toContain('new');
  });

  test('a last run that learnt for another time is told', async () => {
    const { score } = await scored(11, 22);
    expect(await page(score, score)).not.toContain('It counted');
    const html = await page(score, score, { learningSeconds: 2 });
    expect(html).toContain('where it was another. It counted false alarms from 5 s on.');
  });

  test('totals are not held against those of other files', async () => {
    const { score } = await scored(11, 22);
    const html = await page(score, { ...score, name: 'other.mp4', frames: 999 });
    expect(html).toContain('It was of other files, so that the totals are not compared.');
    expect(html).toContain('Scored last time and not now: other.mp4.');
    expect(html).toContain('<small>new</small>');
    expect(html).not.toContain('class="better"');
  });

  test('names and labels cannot break out of it; what could not be scored stands first', async () => {
    const { score } = await scored(11, 22);
    const evil = { ...score, name: '<script>alert(1)</script>.mp4', notes: ['a "note" & <b>'] };
    const unscored = [{ name: 'x', because: 'x.mp4: <i>torn</i>' }];
    const html = await page(evil, null, { unscored });
    expect(html).not.toMatch(/<script|<i>|<b>(?!Missed|False alarm)/);
    expect(html).toContain('Not scored: x.mp4: &#60;i&#62;torn');
    expect(html).toContain('a &#34;note&#34; &#38; &#60;b&#62;');
  });
});

describe.skipIf(!hasFfmpeg)('the report of footage with masks (needs ffmpeg)', () => {
  /** Twelve frames: the left half moves from 4 to 7; found is the middle half of the picture from 5 to 8. */
  async function masked(name = 'walk', category = 'baseline') {
    const folder = join(temporaryFolder(), category, name);
    for (let n = 1; n <= 12; n++) {
      const number = String(n).padStart(6, '0');
      const moving = (x: number): number => (n >= 5 && n <= 8 && x < 32 ? 255 : 0);
      await writeGrey(join(folder, 'input', `in${number}.png`), 64, 48, () => 100);
      await writeGrey(join(folder, 'groundtruth', `gt${number}.png`), 64, 48, moving);
    }
    const [footage] = await findFootage([folder], asFound);
    if (footage === undefined) throw new Error('no footage');
    const middle = (x: number): boolean => x >= 16 && x < 48;
    const script = told((frame) => (frame >= 5 && frame <= 8 ? { mask: middle } : {}));
    return scoreFootage(footage, script);
  }

  test('what moves is told by its masks', async () => {
    const strip = drawStrip(await masked(), []);
    const bars = [...strip.matchAll(/<rect class="(\w+)" x="(\d+)" y="0" width="(\d+)"/g)];
    expect(bars.map(([, ...bar]) => bar)).toEqual([
      ['quiet', '0', '160'],
      ['moving', '160', '160'],
      ['quiet', '320', '160'],
    ]);
  });

  test('pixels stand over time: found and missed above the line, false below', async () => {
    const score = await masked();
    const drawn = drawPixels(score, wholeMsOf(score));
    const paths = [...drawn.matchAll(/<path class="(\w+)" d="([^"]*)"/g)].map(([, ...one]) => one);
    expect(paths).toEqual([
      ['hit', 'M5 25h1V50h-1zM6 25h1V50h-1zM7 25h1V50h-1z'],
      ['miss', 'M4 0h1V50h-1zM5 0h1V25h-1zM6 0h1V25h-1zM7 0h1V25h-1z'],
      ['false', 'M5 50h1V75h-1zM6 50h1V75h-1zM7 50h1V75h-1zM8 50h1V100h-1z'],
      ['axis', 'M0 50h12'],
    ]);
    const timesMs = score.timesMs.map((_, frame) => (frame * 1000) / 13);
    const slower = { ...score, timesMs, framesPerSecond: 13 };
    expect(drawPixels(slower, wholeMsOf(slower))).toBe(drawn);
    expect(drawn).toContain('moving: up to 50 % of the picture · false: up to 50 %');
    expect(drawPixels({ ...score, pixelFrames: score.pixelFrames.slice(0, 9) }, 480)).toBe('');
  });

  test('the frames with most false and most missed pixels are pictures, painted', async () => {
    const score = await masked();
    expect(score.pixelKeepsakes.map(({ kind, picture }) => [kind, picture.index])).toEqual([
      ['false-pixels', 8],
      ['missed-pixels', 4],
    ]);
    const html = await page(score, null);
    expect(html).toContain('<b>Most false pixels</b> 50.0 % of the picture; frame 8, 0:00.3');
    expect(html).toContain('<b>Most missed pixels</b> 100.0 % of what moves; frame 4, 0:00.2');
    const [, missed] = score.pixelKeepsakes;
    if (missed === undefined) throw new Error('nothing kept');
    const foreground = new Uint8Array(64 * 48).fill(255, 0, 64 * 8);
    // Truth of twice the size, of which the upper left quarter moves, and the lowest quarter does not count.
    const level = (_: number, i: number) =>
      i >= 128 * 72 ? 85 : i < 128 * 48 && i % 128 < 64 ? 255 : 0;
    const mask = { bytes: new Uint8Array(128 * 96).map(level), widthPx: 128, heightPx: 96 };
    const rgb = await sharp(await paintVerdicts({ ...missed, foreground, mask }))
      .raw()
      .toBuffer();
    const colourAt = (x: number, y: number) => {
      const [red = 0, green = 0, blue = 0] = rgb.subarray(3 * (64 * y + x));
      if (Math.max(red, green, blue) - Math.min(red, green, blue) < 20) return 'grey';
      if (green > red) return 'green';
      return green > 1.2 * blue ? 'amber' : 'red';
    };
    const places = [colourAt(4, 2), colourAt(60, 2), colourAt(8, 20), colourAt(8, 30)];
    expect(places).toEqual(['green', 'red', 'amber', 'grey']);
  });

  test('figures by category stand beside those of the last run', async () => {
    const scores = [await masked(), await masked('rain', 'badWeather')];
    const [report, was] = [scores, scores.slice(0, 1)].map((each) => reportOf(each, day));
    if (report === undefined || was === undefined) throw new Error('two reports');
    expect(drawCategories(was, null)).toBe('');
    expect(drawCategories(report, null)).toMatch(/>baseline<.*>badWeather</s);
    const before = structuredClone(report);
    for (const one of Object.values(before.totals.categories)) one.f = 0.9;
    expect(drawCategories(report, before)).toMatch(/0\.375<.*class="worse".*was 0\.900/s);
  });
});

test.each([
  [0, '0:00.0'],
  [7_349, '0:07.3'],
  [59_960, '1:00.0'],
  [754_200, '12:34.2'],
])('%d ms is %s', (ms, text) => {
  expect(clockTime(ms)).toBe(text);
});

test('anchors differ where names do', () => {
  const names = ['a b', 'a_b', 'a/b', 'ä.mp4', 'a_32_b'];
  expect(new Set(names.map(anchorOf)).size).toBe(names.length);
  expect(escapeHtml(`<a href='x'>&"`)).toBe('&#60;a href=&#39;x&#39;&#62;&#38;&#34;');
});

const isBare = chromiumBin === null || !hasFfmpeg;
describe.skipIf(isBare)('the report in a browser (needs Chromium and ffmpeg)', () => {
  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)(
    '%d px wide, %s: nothing sticks out, pictures load, links lead',
    async (width, scheme) => {
      const { score } = await scored(13, 22);
      const long = { ...score, name: `${'a-very-long-name-'.repeat(6)}.mp4` };
      const file = join(temporaryFolder(), 'index.html');
      writeFileSync(file, await page(long, { ...long, frames: 29 }));
      const browser = await launchChromium();
      try {
        const tab = patient(
          await browser.newPage({ viewport: { width, height: 800 }, colorScheme: scheme }),
        );
        const faults = faultsOf(tab);
        await tab.goto(pathToFileURL(file).href);
        const seen = await tab.evaluate(`({
          overflowPx: document.documentElement.scrollWidth - innerWidth,
          images: document.images.length,
          paper: getComputedStyle(document.body).backgroundColor,
          strip: document.querySelector('.strip svg').getBoundingClientRect().height,
        })`);
        await tab.evaluate("for (const image of document.images) image.loading = 'eager'");
        await tab.waitForFunction('[...document.images].every((image) => image.naturalWidth > 0)');
        await tab.click('tbody a');
        const leadsTo = 'document.getElementById(location.hash.slice(1))?.tagName';
        const hash = await tab.evaluate(leadsTo);
        const paper = scheme === 'dark' ? 'rgb(21, 21, 23)' : 'rgb(255, 255, 255)';
        expect([seen, hash]).toEqual([{ overflowPx: 0, images: 2, paper, strip: 46 }, 'SECTION']);
        expect(faults).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});
