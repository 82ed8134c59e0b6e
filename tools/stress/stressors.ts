/**
 * Weather, light and the camera's own faults, laid over luma pictures from a seed. What moves in the footage and where
 * does not change, so its truth stays true. Three strengths: 1 is a usual day, 3 is as bad as it gets.
 */
import type { LumaPicture } from '../score/luma-frames.ts';
import { noiseAt } from './seeded-noise.ts';

export type Strength = 1 | 2 | 3;
export const strengths: readonly Strength[] = [1, 2, 3];

export const stressorNames = [
  'rain',
  'snow',
  'headlights',
  'gain-step',
  'noise',
  'shake',
  'compression',
] as const;
export type StressorName = (typeof stressorNames)[number];

type Lay = (luma: Uint8Array, picture: LumaPicture, strength: Strength, seed: number) => void;

/** Lays a stressor over a picture; the picture given is not changed. Compression is not laid, but encoded. */
export function layStressor(
  name: Exclude<StressorName, 'compression'>,
  picture: LumaPicture,
  strength: Strength,
  seed: number,
): LumaPicture {
  const luma = Uint8Array.from(picture.luma);
  layers[name](luma, picture, strength, seed);
  return { ...picture, luma };
}

const layers: Readonly<Record<Exclude<StressorName, 'compression'>, Lay>> = {
  rain: layRain,
  snow: laySnow,
  headlights: layHeadlights,
  'gain-step': layGainStep,
  noise: layNoise,
  shake: layShake,
};

/** Streaks, new in every picture as real ones are: a drop crosses the view within an exposure or two. */
function layRain(luma: Uint8Array, picture: LumaPicture, strength: Strength, seed: number): void {
  const { widthPx, heightPx, index } = picture;
  const streaks = [0, 30, 90, 220][strength] ?? 0;
  const slant = 0.25 * (noiseAt(seed, 1) - 0.5) * 2;
  for (let n = 0; n < streaks; n++) {
    const length = Math.round(heightPx * (0.04 + 0.1 * noiseAt(seed, index, n, 1)));
    const x = noiseAt(seed, index, n, 2) * widthPx;
    const y = Math.floor(noiseAt(seed, index, n, 3) * (heightPx + length)) - length;
    const light = 20 + 50 * noiseAt(seed, index, n, 4);
    for (let step = 0; step < length; step++) {
      brighten(luma, picture, Math.floor(x + step * slant), y + step, light);
    }
  }
}

/** Flakes that fall and drift, the same ones from picture to picture. */
function laySnow(luma: Uint8Array, picture: LumaPicture, strength: Strength, seed: number): void {
  const { widthPx, heightPx } = picture;
  const flakes = [0, 40, 120, 300][strength] ?? 0;
  const seconds = picture.atMs / 1000;
  for (let n = 0; n < flakes; n++) {
    const near = noiseAt(seed, n, 1);
    const speed = heightPx * (0.3 + 0.9 * near);
    const fallen = noiseAt(seed, n, 2) * heightPx + seconds * speed;
    const lap = Math.floor(fallen / heightPx);
    const drift = (noiseAt(seed, n, 3) - 0.5) * widthPx * 0.2 * ((fallen % heightPx) / heightPx);
    const x = Math.floor(noiseAt(seed, n, 4, lap) * widthPx + drift);
    const y = Math.floor(fallen % heightPx);
    const radius = near > 0.85 ? 2 : near > 0.5 ? 1 : 0;
    for (let dy = -radius; dy <= radius; dy++) {
      for (let dx = -radius; dx <= radius; dx++) {
        if (dx * dx + dy * dy <= radius * radius) {
          brighten(luma, picture, x + dx, y + dy, 60 + 60 * near);
        }
      }
    }
  }
}

/** A pool of light that crosses the lower part of the picture in two seconds, once in seven. */
function layHeadlights(
  luma: Uint8Array,
  picture: LumaPicture,
  strength: Strength,
  seed: number,
): void {
  const { widthPx, heightPx } = picture;
  const seconds = picture.atMs / 1000;
  const pass = Math.floor(seconds / 7);
  const along = (seconds - pass * 7) / 2;
  if (along > 1) return;
  const leftwards = noiseAt(seed, pass, 1) < 0.5;
  const travelled = leftwards ? 1 - along : along;
  const centreX = (-0.3 + 1.6 * travelled) * widthPx;
  const centreY = (0.55 + 0.3 * noiseAt(seed, pass, 2)) * heightPx;
  const gain = [0, 0.4, 0.9, 1.6][strength] ?? 0;
  const reachX = widthPx * 0.22;
  const reachY = heightPx * 0.2;
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      // Products, not powers: the last bit of a power is the engine's affair.
      const across = (x - centreX) / reachX;
      const down = (y - centreY) / reachY;
      const near = 1 - across * across - down * down;
      if (near <= 0) continue;
      const value = luma[i] ?? 0;
      luma[i] = Math.min(255, Math.round(value + (value + 12) * gain * near * near));
    }
  }
}

/** Exposure that jumps every seven seconds and takes a third of a second for it. */
function layGainStep(
  luma: Uint8Array,
  picture: LumaPicture,
  strength: Strength,
  seed: number,
): void {
  const seconds = picture.atMs / 1000;
  const step = Math.floor(seconds / 7);
  const ramp = Math.min(1, (seconds - step * 7) / 0.33);
  const reach = [0, 0.12, 0.3, 0.55][strength] ?? 0;
  const gainOf = (n: number): number => (n <= 0 ? 1 : 1 + reach * (noiseAt(seed, n) * 2 - 1));
  const gain = gainOf(step - 1) + (gainOf(step) - gainOf(step - 1)) * ramp;
  for (let i = 0; i < luma.length; i++) {
    luma[i] = Math.max(0, Math.min(255, Math.round((luma[i] ?? 0) * gain)));
  }
}

/** Sensor noise, near to Gaussian. */
function layNoise(luma: Uint8Array, picture: LumaPicture, strength: Strength, seed: number): void {
  const sigma = [0, 4, 8, 14][strength] ?? 0;
  for (let i = 0; i < luma.length; i++) {
    // Three uniform numbers: a variance of a quarter.
    const sum =
      noiseAt(seed, i, picture.index, 1) +
      noiseAt(seed, i, picture.index, 2) +
      noiseAt(seed, i, picture.index, 3) -
      1.5;
    luma[i] = Math.max(0, Math.min(255, Math.round((luma[i] ?? 0) + sum * 2 * sigma)));
  }
}

/** The mount trembles: some pictures are shifted by a pixel. */
function layShake(luma: Uint8Array, picture: LumaPicture, strength: Strength, seed: number): void {
  const { widthPx, heightPx, index } = picture;
  const share = [0, 0.1, 0.3, 0.7][strength] ?? 0;
  if (noiseAt(seed, index, 1) >= share) return;
  const right = Math.floor(noiseAt(seed, index, 2) * 3) - 1;
  const down = Math.floor(noiseAt(seed, index, 3) * 3) - 1;
  for (let y = 0, i = 0; y < heightPx; y++) {
    const from = Math.max(0, Math.min(heightPx - 1, y - down)) * widthPx;
    for (let x = 0; x < widthPx; x++, i++) {
      luma[i] = picture.luma[from + Math.max(0, Math.min(widthPx - 1, x - right))] ?? 0;
    }
  }
}

function brighten(
  luma: Uint8Array,
  { widthPx, heightPx }: LumaPicture,
  x: number,
  y: number,
  by: number,
): void {
  if (x < 0 || x >= widthPx || y < 0 || y >= heightPx) return;
  const i = y * widthPx + x;
  luma[i] = Math.min(255, Math.round((luma[i] ?? 0) + by));
}
