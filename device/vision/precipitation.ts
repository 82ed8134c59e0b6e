/**
 * Rain and snow: what falls is brighter than what is behind it, and by the next picture it is elsewhere. Where pixels
 * all over the picture brighten for one frame, and hardly any darken so, something falls; then a pixel is taken no
 * brighter than it was a frame ago.
 */
import type { CellGrid } from './cell-grid.ts';

export type PrecipitationMeter = {
  /** From the last frame on, whether something falls. */
  readonly falling: boolean;
  /** Looks at a frame before drops are wiped. */
  step(luma: Uint8Array, sinceMs: number): void;
};

/** One pixel in so many is looked at: a prime, so that no column is looked at twice in a row. */
const everyPx = 29;
/** A drop stands out from the pictures before and after by more grey levels than this. */
const flashMin = 12;
/** The picture's zones, across and down: rain falls in at least half of them, an arm is waved in one. */
const zonesAcross = 4;
const zonesDown = 4;
const zonesMin = 8;
/** Flashes seen, lately, that are enough to tell; and their share of all that was looked at then, on and off again. */
const flashesMin = 8;
const fallingMin = 0.001;
const dryMax = 0.0004;
/** Leaves, noise and a trembling mount darken pixels for a frame as often as they brighten them. */
const brightOverDarkMin = 3;
const rememberMs = 2_000;
/** At lower rates, somebody bright who walks would be somewhere else in the next frame, too. */
const frameMsMax = 150;
/** After the first two seconds or so, three frames in so many are compared. */
const turn = 8;
const firstFrames = 4 * turn;
const comparedFrames = 3;

export function createPrecipitationMeter({ widthPx, heightPx }: CellGrid): PrecipitationMeter {
  const samples = Math.floor((widthPx * heightPx) / everyPx);
  let before = new Uint8Array(samples);
  let last = new Uint8Array(samples);
  const bright = new Float64Array(zonesAcross * zonesDown);
  let dark = 0;
  let looked = 0;
  let frames = 0;
  let waitedMs = 0;
  let falling = false;

  function fade(): void {
    const keep = rememberMs / (rememberMs + waitedMs);
    for (let zone = 0; zone < bright.length; zone++) bright[zone] = (bright[zone] as number) * keep;
    dark *= keep;
    looked *= keep;
    waitedMs = 0;
  }

  /** Adds up the flashes of the picture before this one. */
  function count(luma: Uint8Array): void {
    const columnPx = widthPx / zonesAcross;
    const zoneRowPx = Math.ceil(heightPx / zonesDown) * widthPx;
    for (let n = 0, i = 0; n < samples; n++, i += everyPx) {
      const value = last[n] as number;
      const first = before[n] as number;
      const third = luma[i] as number;
      if (value > first + flashMin && value > third + flashMin) {
        const zone = Math.floor(i / zoneRowPx) * zonesAcross + Math.floor((i % widthPx) / columnPx);
        bright[zone] = (bright[zone] as number) + 1;
      } else if (value + flashMin < first && value + flashMin < third) {
        dark++;
      }
    }
    looked += samples;
  }

  function decide(): void {
    const flashes = bright.reduce((sum, one) => sum + one, 0);
    const zones = bright.reduce((sum, one) => (one >= 0.5 ? sum + 1 : sum), 0);
    const share = flashes / Math.max(1, looked);
    const oneWay = flashes >= dark * brightOverDarkMin;
    if (falling) falling = share >= dryMax && oneWay;
    else falling = flashes >= flashesMin && share >= fallingMin && zones >= zonesMin && oneWay;
  }

  return {
    get falling() {
      return falling;
    },
    step(luma, sinceMs) {
      const inTurn = frames < firstFrames ? frames : frames % turn;
      frames++;
      waitedMs += sinceMs;
      if (sinceMs > frameMsMax) falling = false;
      if (inTurn >= comparedFrames && frames > firstFrames) return;
      if (inTurn >= comparedFrames - 1 && sinceMs <= frameMsMax) {
        fade();
        count(luma);
        decide();
      }
      [before, last] = [last, before];
      for (let n = 0, i = 0; n < samples; n++, i += everyPx) last[n] = luma[i] as number;
    },
  };
}

/**
 * Takes a pixel no brighter than it was a frame ago, or than its background: what darkened, and comes back to the
 * background, does so at once. Where something was known to move, the background says nothing. `before` is the last
 * frame as it came, and becomes this one.
 */
export function wipeDrops(
  luma: Uint8Array,
  before: Uint8Array,
  background: Uint8Array,
  foreground: Uint8Array,
): void {
  for (let i = 0; i < luma.length; i++) {
    const value = luma[i] as number;
    const behind = foreground[i] === 0 ? (background[i] as number) : 0;
    luma[i] = Math.min(value, Math.max(before[i] as number, behind));
    before[i] = value;
  }
}
