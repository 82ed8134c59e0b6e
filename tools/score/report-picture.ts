/** A false alarm or a miss as a picture: what was seen, what the detector drew round it, and where the truth was. */
import sharp from 'sharp';
import type { Polygon } from '../../device/vision/motion-settings.ts';
import type { Box } from '../../device/vision/observation.ts';
import type { WatchedAreas } from './footage-scorer.ts';
import type { Keepsake } from './keepsakes.ts';
import { countedIn, type PixelKeepsake } from './pixel-keepsakes.ts';
import { paintVerdicts } from './report-overlay.ts';
import { clockTime, escapeHtml } from './report-text.ts';

/** What a run of false alarm or miss looked like. */
export async function drawKeepsake(one: Keepsake, areas: WatchedAreas): Promise<string> {
  const { luma, widthPx, heightPx } = one.picture;
  const jpeg = await sharp(luma, { raw: { width: widthPx, height: heightPx, channels: 1 } })
    .toColourspace('b-w')
    .jpeg({ quality: 78 })
    .toBuffer();
  const title = one.kind === 'miss' ? 'Missed' : 'False alarm';
  const seconds = ((one.toMs - one.fromMs) / 1000 + frameSeconds(one)).toFixed(1);
  const from = clockTime(one.fromMs);
  const said = `for ${seconds} s from ${from}; frame ${one.shown}:\n${one.because}`;
  return figure({ ...one, jpeg, areas, title, said });
}

/** The frame whose mask is furthest from the truth. */
export async function drawPixelKeepsake(one: PixelKeepsake, areas: WatchedAreas): Promise<string> {
  const { truePositive, falsePositive, falseNegative } = one.counts;
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  const isMiss = one.kind === 'missed-pixels';
  const much = isMiss
    ? `${percent(falseNegative, truePositive + falseNegative)} of what moves`
    : `${percent(falsePositive, countedIn(one.counts))} of the picture`;
  const title = isMiss ? 'Most missed pixels' : 'Most false pixels';
  const said = `${much}; frame ${one.picture.index}, ${clockTime(one.picture.atMs)}`;
  return figure({ ...one, jpeg: await paintVerdicts(one), areas, title, said });
}

type Figure = Pick<Keepsake, 'picture' | 'regions' | 'truth'> & {
  readonly kind: string;
  readonly jpeg: Buffer;
  readonly areas: WatchedAreas;
  readonly title: string;
  readonly said: string;
};

function figure({ kind, picture, regions, truth, areas, jpeg, title, said }: Figure): string {
  const { widthPx, heightPx, index } = picture;
  const drawn = [
    ...areas.masks.map((mask) => outline('mask', mask, 'motion mask')),
    ...areas.zones.map(({ kind, polygon, name }) => outline(kind, polygon, name)),
    ...truth.map((box) => draw('truth', box, 'what really moves')),
    ...regions.map(({ box, score, because }) =>
      draw(score >= 1 ? 'alarm' : 'watched', box, `${because} (score ${score.toFixed(2)})`),
    ),
  ];
  const alarms = regions.filter(({ score }) => score >= 1).length;
  const alt = `Frame ${index}: ${alarms} counted as motion, ${regions.length - alarms} too weak`;
  const source = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  return `<figure class="${kind}"><div class="shot">
<img alt="${alt}" width="${widthPx}" height="${heightPx}" loading="lazy" src="${source}">
<svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">${drawn.join('')}</svg></div>
<figcaption><b>${title}</b> ${escapeHtml(said)}</figcaption></figure>`;
}

const frameSeconds = (one: Keepsake): number =>
  one.frames > 1
    ? (one.toMs - one.fromMs) / 1000 / (one.frames - 1)
    : 1 / one.picture.framesPerSecond;

function draw(kind: 'truth' | 'alarm' | 'watched', box: Box, title: string): string {
  const n = (value: number): string => value.toFixed(4);
  const place = `x="${n(box.x)}" y="${n(box.y)}" width="${n(box.width)}" height="${n(box.height)}"`;
  return `<rect class="${kind}" ${place}><title>${escapeHtml(title)}</title></rect>`;
}

function outline(kind: 'include' | 'exclude' | 'mask', polygon: Polygon, title: string): string {
  const points = polygon.map(({ x, y }) => `${x.toFixed(4)},${y.toFixed(4)}`).join(' ');
  return `<polygon class="${kind}" points="${points}"><title>${escapeHtml(title)}</title></polygon>`;
}
