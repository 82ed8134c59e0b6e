/** Finds what moves: a luma frame in, an observation out. Pure and incremental; time is the frame's own. */
import assert from 'node:assert/strict';
import { between, milliseconds, type UptimeMs } from '../wire/time.ts';
import { divideIntoCells } from './cell-grid.ts';
import { createComponentFinder } from './components.ts';
import { createForegroundCleaner } from './foreground.ts';
import type { LightMode, MotionSettings } from './motion-settings.ts';
import type { Observation, Region } from './observation.ts';
import { beginPixelModel, classify, createPixelModel, learn } from './pixel-model.ts';
import { describeRegion, strongestFirst } from './regions.ts';
import { createToneFitter } from './tone-curve.ts';
import { createTrackBook } from './tracks.ts';
import { visionLimits } from './vision-limits.ts';
import { drawZones } from './zone-map.ts';

export type MotionDetector = {
  /** Looks at one frame: row-major, one byte a pixel. `at` must not run backwards. */
  observe(luma: Uint8Array, at: UptimeMs, light: LightMode): Observation;
  /** Takes new settings from the next frame on; what was learnt stays. */
  configure(settings: MotionSettings): void;
  /** The current foreground, 0 or 255 a pixel. A view: valid until the next `observe`. */
  foreground(): Uint8Array;
};

export type DetectorOptions = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly settings: MotionSettings;
};

const learningMs = 3_000;
const backgroundMs = 10_000;
const updateEveryMs = 120;

export function createMotionDetector(options: DetectorOptions): MotionDetector {
  const { widthPx, heightPx } = options;
  assert(widthPx >= visionLimits.widthPxMin && heightPx >= visionLimits.heightPxMin);
  assert(widthPx * heightPx <= visionLimits.pixelsMax, 'the picture is too large to analyse');
  const grid = divideIntoCells(widthPx, heightPx);
  const model = createPixelModel(widthPx * heightPx);
  const cleaner = createForegroundCleaner(grid);
  const finder = createComponentFinder(grid);
  const tones = createToneFitter();
  const tracks = createTrackBook(grid);
  const verdicts = new Uint8Array(widthPx * heightPx);
  let zones = drawZones(options.settings, grid);
  let settings = options.settings;
  let beganAt: UptimeMs | null = null;
  let lastAt: UptimeMs | null = null;
  let frame = 0;

  function followLight(luma: Uint8Array): void {
    const curve = tones.fit(model.background, luma, widthPx, heightPx);
    if (curve.shiftMax < 3 || curve.agreement < 140) return;
    for (let i = 0; i < model.pixels; i++) {
      const old = model.background[i] as number;
      const shifted = (model.mean[i] as number) + (((curve.expected[old] as number) - old) << 8);
      const mean = Math.max(0, Math.min(0xff00, shifted));
      model.mean[i] = mean;
      model.background[i] = (mean + 128) >> 8;
    }
  }

  function update(luma: Uint8Array, sinceMs: number, ageMs: number): void {
    const stride = Math.max(1, Math.min(8, Math.floor(updateEveryMs / Math.max(1, sinceMs))));
    const dt = sinceMs * stride;
    const meanMs = ageMs < learningMs ? Math.max(250, ageMs) : backgroundMs;
    const rates = {
      mean: share(dt, meanMs),
      deviation: share(dt, ageMs < learningMs ? 1_000 : 5_000),
      recent: share(dt, 1_000),
      held: share(dt, ageMs < learningMs ? Math.max(500, ageMs) : 60_000),
    };
    const mask = cleaner.mask();
    for (let row = frame % stride; row < heightPx; row += stride) {
      learn(model, luma, mask, rates, row * widthPx, (row + 1) * widthPx);
    }
  }

  function observe(luma: Uint8Array, at: UptimeMs, light: LightMode): Observation {
    assert(luma.length === widthPx * heightPx, 'a frame of another size');
    assert(lastAt === null || at >= lastAt, 'time runs backwards');
    if (beganAt === null || lastAt === null) {
      beganAt = at;
      lastAt = at;
      beginPixelModel(model, luma);
      return { at, motion: false, score: 0, changed: 0, regions: [], because: 'first frame' };
    }
    const sinceMs = Math.min(2_000, between(lastAt, at));
    const ageMs = between(beganAt, at);
    lastAt = at;
    frame++;
    followLight(luma);
    classify(model, luma, verdicts);
    const changedPx = cleaner.clean(verdicts, zones);
    const components = finder.find(cleaner.counts, cleaner.strong, cleaner.countMin);
    const followed = tracks.follow(components, at, milliseconds(sinceMs), milliseconds(500));
    const regions: Region[] = [];
    components.forEach((component, index) => {
      const track = followed[index];
      if (track === undefined) return;
      const region = describeRegion({
        component,
        label: index + 1,
        labels: finder.labels,
        track,
        at,
        grid,
        zones,
        light,
        size: settings.objectSize,
        counts: cleaner.counts,
      });
      if (region !== null) regions.push(region);
    });
    update(luma, sinceMs, ageMs);
    return summarise(regions, at, ageMs, changedPx / (widthPx * heightPx));
  }

  return {
    observe,
    configure(next) {
      settings = next;
      zones = drawZones(next, grid);
    },
    foreground: () => cleaner.mask(),
  };
}

function summarise(
  found: readonly Region[],
  at: UptimeMs,
  ageMs: number,
  changed: number,
): Observation {
  const regions = strongestFirst(found);
  const best = regions[0];
  const score = best?.score ?? 0;
  if (ageMs < learningMs) {
    return { at, motion: false, score: 0, changed, regions: [], because: 'learning the picture' };
  }
  if (best === undefined) return { at, motion: false, score, changed, regions, because: 'quiet' };
  return { at, motion: score >= 1, score, changed, regions, because: best.because };
}

/** The share of a difference that a running mean with this time constant takes over in `dt`, in 1/65536. */
const share = (dtMs: number, constantMs: number): number =>
  Math.min(65_536, Math.floor((dtMs * 65_536) / (constantMs + dtMs)));
