/** Models and pictures for the kernels to work on, out of one seed. */
import type { CellGrid } from '../../../device/vision/cell-grid.ts';
import type { PixelModel } from '../../../device/vision/pixel-model.ts';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';

/** A whole number from 0 on, below that. */
export type Random = (below: number) => number;

export function randomFrom(seed: number): Random {
  let taken = 0;
  return (below) => Math.floor(noiseAt(seed, taken++) * below);
}

/** What a model holds at first, and what a camera then shows of it. */
export type World = {
  fill(model: PixelModel, random: Random): void;
  draw(luma: Uint8Array, model: PixelModel, grid: CellGrid, random: Random): void;
};

/** Everything within the bounds that the kernels keep themselves, and pictures in squares of noise. */
export const wildWorld: World = {
  fill(model, random) {
    for (let i = 0; i < model.mean.length; i++) {
      setMean(model, i, random(0xff01));
      model.deviation[i] = random(10_241);
      model.threshold[i] = 8 + random(63);
      model.restless[i] = random(2) === 0 ? 0 : random(201);
      model.lowest[i] = random(256);
      model.highest[i] = random(256);
      model.recent[i] = random(0xff01);
    }
  },
  /** What the background shows, give or take a little: with squares of noise, and others in a light of their own. */
  draw(luma, { background, widthPx }, { cellPx }, random) {
    const looks = Array.from({ length: 64 }, () => random(5));
    const noise = 1 + random(60);
    const squarePx = cellPx * 3;
    for (let i = 0; i < luma.length; i++) {
      const x = Math.floor((i % widthPx) / squarePx);
      const y = Math.floor(i / widthPx / squarePx);
      const look = looks[(y * 7 + x) % 64];
      const was = background[i] ?? 0;
      const lit = was * 0.6 + random(noise);
      luma[i] = byteOf(look === 0 ? random(256) : look === 1 ? lit : was + random(19) - 9);
    }
  },
};

/** Quiet ground, plain here and textured there; over it light of many strengths, shadows, bodies, and hollow ones. */
export const litWorld: World = {
  fill(model, random) {
    const patchPx = 6 + random(30);
    const grounds = Array.from({ length: 32 }, () => ({
      level: 10 + random(random(2) === 0 ? 40 : 230),
      grain: [1, 2, 5, 8, 12, 40][random(6)] ?? 1,
      slope: random(3) === 0 ? random(9) / 4 : 0,
    }));
    for (let i = 0; i < model.mean.length; i++) {
      const { patch, x } = patchAt(i, model.widthPx, patchPx);
      const { level, grain, slope } = grounds[patch % 32] ?? { level: 0, grain: 1, slope: 0 };
      const value = byteOf(level + random(grain) + x * slope);
      setMean(model, i, Math.max(0, Math.min(0xff00, value * 256 + random(255) - 127)));
      model.deviation[i] = random(3 << 8);
      model.threshold[i] = 8 + random(8);
      model.restless[i] = random(9) === 0 ? random(40) : 0;
      model.lowest[i] = value - Math.min(value, random(4));
      model.highest[i] = byteOf(value + random(4));
      model.recent[i] = value << 8;
    }
  },
  draw(luma, { background, widthPx, heightPx }, grid, random) {
    const patchPx = 12 + random(60);
    const noise = 1 + random(3);
    const lights = Array.from({ length: 16 }, () => lightOf(random));
    for (let i = 0; i < luma.length; i++) {
      const { patch, x, y } = patchAt(i, widthPx, patchPx);
      const light = lights[patch % 16]?.(x, y) ?? 1;
      luma[i] = byteOf((background[i] ?? 0) * light + random(noise));
    }
    for (let n = random(4); n > 0; n--) drawHollow(luma, widthPx, heightPx, grid, random);
  },
};

type Light = (x: number, y: number) => number;

const factors = [0.115, 0.125, 0.29, 0.31, 0.5, 0.7, 0.9, 0.95, 1.02, 1.04, 1.1, 1.3, 2, 7.9, 8.2];

/** The factor by which a light changes a patch: none, the same all over, growing, or a shadow that begins softly. */
function lightOf(random: Random): Light {
  const factor = factors[random(factors.length)] ?? 1;
  const [kind, growth, step, softPx] = [random(5), random(40), 2 + random(6), random(12)];
  if (kind === 0) return () => 1;
  if (kind === 1) return () => factor;
  if (kind === 2) return (x, y) => factor * (1 + ((x + y) * growth) / 2_000);
  return (x, y) => Math.max(factor, 1 - Math.max(0, Math.min(x, y) - softPx) * (step / 100));
}

/** A frame of a body with a hole about as large as is still filled. */
function drawHollow(
  luma: Uint8Array,
  widthPx: number,
  heightPx: number,
  { cellPx }: CellGrid,
  random: Random,
): void {
  const level = random(256);
  const [holeX, holeY] = [4 + random(16), 3 + random(26)].map((cells) => cells * cellPx);
  const thickPx = cellPx * (1 + random(3));
  const left = random(Math.max(1, widthPx - (holeX ?? 0)));
  const top = random(Math.max(1, heightPx - (holeY ?? 0)));
  const right = Math.min(widthPx, left + (holeX ?? 0) + 2 * thickPx);
  const bottom = Math.min(heightPx, top + (holeY ?? 0) + 2 * thickPx);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const inX = x >= left + thickPx && x < right - thickPx;
      const inY = y >= top + thickPx && y < bottom - thickPx;
      if (!(inX && inY)) luma[y * widthPx + x] = byteOf(level + random(6));
    }
  }
}

function setMean(model: PixelModel, i: number, mean: number): void {
  model.mean[i] = mean;
  model.background[i] = (mean + 128) >> 8;
}

/** The number of a pixel's patch, and where in it the pixel lies. */
function patchAt(i: number, widthPx: number, patchPx: number) {
  const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
  const patch = Math.floor(y / patchPx) * 7 + Math.floor(x / patchPx);
  return { patch, x: x % patchPx, y: y % patchPx };
}

const byteOf = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
