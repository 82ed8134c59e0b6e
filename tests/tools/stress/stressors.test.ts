import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LumaPicture } from '../../../tools/score/luma-frames.ts';
import {
  layStressor,
  type Strength,
  strengths,
  stressorNames,
} from '../../../tools/stress/stressors.ts';

const [widthPx, heightPx] = [64, 48];
const laid = stressorNames.filter((name) => name !== 'compression');

/** Some texture, so that a shift shows. */
const texture = (): Uint8Array =>
  Uint8Array.from({ length: widthPx * heightPx }, (_, i) => 60 + ((i * 37) % 101));
const standing = texture();
const picture = (index: number): LumaPicture => ({
  index,
  atMs: index * 100,
  framesPerSecond: 10,
  widthPx,
  heightPx,
  luma: standing,
});
/** Ten seconds at ten a second: headlights pass, and the exposure jumps. */
const frames = Array.from({ length: 100 }, (_, index) => index);

const digest = (name: (typeof laid)[number], strength: Strength, seed: number): string => {
  const hash = createHash('sha256');
  for (const n of frames) hash.update(layStressor(name, picture(n), strength, seed).luma);
  return hash.digest('hex').slice(0, 12);
};

function meanChange(name: (typeof laid)[number], strength: Strength): number {
  let sum = 0;
  for (const n of frames) {
    const before = picture(n).luma;
    const after = layStressor(name, picture(n), strength, 1).luma;
    for (const [i, value] of after.entries()) sum += Math.abs(value - (before[i] ?? 0));
  }
  return sum / (frames.length * widthPx * heightPx);
}

describe.each(laid)('%s', (name) => {
  test('the same seed gives the same pictures, another seed others', () => {
    expect(digest(name, 2, 1)).toBe(digest(name, 2, 1));
    expect(digest(name, 2, 2)).not.toBe(digest(name, 2, 1));
  });

  test('a picture does not depend on those before it', () => {
    const backwards = frames.toReversed().map((n) => layStressor(name, picture(n), 3, 1));
    expect(backwards.toReversed().map(({ luma }) => luma)).toEqual(
      frames.map((n) => layStressor(name, picture(n), 3, 1).luma),
    );
  });

  test('each strength changes more than the one before', () => {
    const changes = strengths.map((strength) => meanChange(name, strength));
    expect(changes[0]).toBeGreaterThan(0);
    expect(changes[1]).toBeGreaterThan((changes[0] ?? 0) * 1.2);
    expect(changes[2]).toBeGreaterThan((changes[1] ?? 0) * 1.2);
  });

  test('nothing but brightness changes, and not in the picture given', () => {
    const given = picture(80);
    const { luma, ...rest } = layStressor(name, given, 3, 1);
    const { luma: before, ...asGiven } = picture(80);
    expect(rest).toEqual(asGiven);
    expect(luma).toHaveLength(before.length);
    expect(before).toEqual(texture());
  });
});

test('the pictures are the same on every machine', () => {
  const digests = Object.fromEntries(laid.map((name) => [name, digest(name, 3, 7)]));
  expect(digests).toMatchInlineSnapshot(`
    {
      "gain-step": "5ce9a756a0e4",
      "headlights": "a4a8a541a5d5",
      "noise": "1e43abaf0034",
      "rain": "2298596bf63d",
      "shake": "f94e44c02fd8",
      "snow": "e639e17c6ac6",
    }
  `);
});

describe('what a stressor does', () => {
  test('shake: a picture stands, or is shifted by one pixel at most, at the share of its strength', () => {
    const shifts = frames.map((n) => {
      const { luma } = layStressor('shake', picture(n), 2, 1);
      for (const down of [-1, 0, 1]) {
        for (const right of [-1, 0, 1]) if (isShifted(luma, right, down)) return [right, down];
      }
      return null;
    });
    expect(shifts).not.toContain(null);
    const moved = shifts.filter((shift) => shift?.[0] !== 0 || shift?.[1] !== 0).length;
    // 0.3 of the pictures are shifted, one in nine of those by nothing.
    expect(moved).toBeGreaterThan(15);
    expect(moved).toBeLessThan(40);
  });

  function isShifted(luma: Uint8Array, right: number, down: number): boolean {
    const { luma: before } = picture(0);
    for (let y = 1; y < heightPx - 1; y++) {
      for (let x = 1; x < widthPx - 1; x++) {
        if (luma[y * widthPx + x] !== before[(y - down) * widthPx + x - right]) return false;
      }
    }
    return true;
  }

  test.each([
    [1, 4],
    [2, 8],
    [3, 14],
  ] as const)('noise of strength %d has a deviation of %d grey levels', (strength, sigma) => {
    const before = { ...picture(3), luma: new Uint8Array(widthPx * heightPx).fill(128) };
    const { luma } = layStressor('noise', before, strength, 1);
    const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
    const variance = luma.reduce((sum, value) => sum + (value - mean) ** 2, 0) / luma.length;
    expect(mean).toBeCloseTo(128, -1);
    expect(Math.sqrt(variance)).toBeGreaterThan(sigma * 0.93);
    expect(Math.sqrt(variance)).toBeLessThan(sigma * 1.07);
  });

  test('headlights: two seconds of light in seven, and dark between', () => {
    const lit = frames.map((n) => {
      const { luma } = layStressor('headlights', picture(n), 2, 1);
      return luma.some((value, i) => value !== standing[i]);
    });
    const passes = frames.filter((n) => lit[n] === true).map((n) => Math.floor((n % 70) / 10));
    expect(new Set(passes)).toEqual(new Set([0, 1]));
    expect(lit.slice(21, 70)).not.toContain(true);
  });

  test('gain-step: the exposure stands for seven seconds, then jumps within a third of one', () => {
    const gains = frames.map((n) => {
      const before = { ...picture(n), luma: new Uint8Array(widthPx * heightPx).fill(100) };
      return layStressor('gain-step', before, 3, 1).luma[0] ?? 0;
    });
    expect(new Set(gains.slice(0, 70))).toEqual(new Set([100]));
    expect(gains[74]).not.toBe(100);
    expect(new Set(gains.slice(74)).size).toBe(1);
  });

  test.each(['rain', 'snow'] as const)('%s only brightens', (name) => {
    for (const n of [0, 33, 99]) {
      const { luma } = layStressor(name, picture(n), 3, 1);
      expect(luma.every((value, i) => value >= (standing[i] ?? 0))).toBe(true);
    }
  });
});
