/** What an owner's settings do, and that they can change while the detector runs. */
import { describe, expect, test } from 'vitest';
import {
  createMotionDetector,
  type MotionDetector,
} from '../../../device/vision/motion-detector.ts';
import {
  type LightMode,
  type MotionSettingsInput,
  motionSettingsSchema,
} from '../../../device/vision/motion-settings.ts';
import type { Observation } from '../../../device/vision/observation.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';
import { bricks, heightPx, widthPx } from './painted-scenes.ts';

const left = {
  name: 'left half',
  polygon: [
    { x: 0, y: 0 },
    { x: 0.5, y: 0 },
    { x: 0.5, y: 1 },
    { x: 0, y: 1 },
  ],
};
const settingsOf = (input: MotionSettingsInput) => motionSettingsSchema.parse(input);
const begin = (input: MotionSettingsInput): MotionDetector =>
  createMotionDetector({ widthPx, heightPx, settings: settingsOf(input) });

type Square = { readonly sizePx: number; readonly from: number; readonly pixelsASecond: number };
const onTheLeft: Square = { sizePx: 16, from: 10, pixelsASecond: 15 };
const onTheRight: Square = { sizePx: 16, from: 90, pixelsASecond: 15 };
const tiny: Square = { sizePx: 5, from: 10, pixelsASecond: 15 };

/** A square that wanders over bricks. */
function picture(frame: number, square: Square | null, movedFrames: number): Uint8Array {
  const luma = new Uint8Array(widthPx * heightPx);
  const x0 = square === null ? 0 : square.from + (movedFrames / 10) * square.pixelsASecond;
  const size = square?.sizePx ?? 0;
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      const body = x >= x0 && x < x0 + size && y >= 30 && y < 30 + size;
      luma[i] = (body ? 225 : bricks(x, y, 0, 0)) + 4 * noiseAt(1, i, frame);
    }
  }
  return luma;
}

/** Ten frames a second of it, from frame `from`; the square moves from frame 40 on. */
function watch(
  detector: MotionDetector,
  square: Square | null,
  { from = 0, to = 60, light = 'day' as LightMode } = {},
): readonly Observation[] {
  const seen: Observation[] = [];
  for (let frame = from; frame < to; frame++) {
    const shown = frame < 40 ? null : square;
    seen.push(detector.observe(picture(frame, shown, frame - 40), uptimeMs(frame * 100), light));
  }
  return seen;
}
const flagged = (seen: readonly Observation[]) => seen.filter(({ motion }) => motion).length;
const moves = (input: MotionSettingsInput, square: Square, light: LightMode = 'day') =>
  flagged(watch(begin(input), square, { light })) > 0;

describe('the settings of the motion detector', () => {
  test.each([
    ['an include zone sees what is in it', { zones: [left] }, onTheLeft, true],
    ['an include zone does not see what is beside it', { zones: [left] }, onTheRight, false],
    ['an exclude zone hides', { zones: [{ ...left, kind: 'exclude' as const }] }, onTheLeft, false],
    [
      'an exclude zone hides itself only',
      { zones: [{ ...left, kind: 'exclude' as const }] },
      onTheRight,
      true,
    ],
    [
      'an exclude zone wins over an include zone',
      { zones: [left, { ...left, name: 'not here', kind: 'exclude' as const }] },
      onTheLeft,
      false,
    ],
    ['a mask is never looked at', { masks: [left.polygon] }, onTheLeft, false],
    ['a mask hides itself only', { masks: [left.polygon] }, onTheRight, true],
    [
      'what is smaller than the least size does not count',
      { objectSize: { min: 0.1 } },
      onTheLeft,
      false,
    ],
    [
      'what is larger than the greatest size does not count',
      { objectSize: { max: 0.005 } },
      onTheLeft,
      false,
    ],
    ['between the sizes it counts', { objectSize: { min: 0.005, max: 0.1 } }, onTheLeft, true],
  ] satisfies [string, MotionSettingsInput, Square, boolean][])(
    '%s',
    (_fact, input, square, seen) => {
      expect(moves(input, square)).toBe(seen);
    },
  );

  test('a more sensitive detector sees what a less sensitive one does not', () => {
    const seen = [1, 10].map((day) => moves({ sensitivity: { day } }, tiny));
    expect(seen).toEqual([false, true]);
  });

  test('day and night have sensitivities of their own', () => {
    const sensitivity = { day: 1, night: 10 };
    expect(moves({ sensitivity }, tiny, 'day')).toBe(false);
    expect(moves({ sensitivity }, tiny, 'night')).toBe(true);
  });

  test('a zone has a sensitivity of its own', () => {
    const keen = { ...left, sensitivity: { day: 10, night: 10 } };
    expect(moves({ sensitivity: { day: 1 }, zones: [keen] }, tiny)).toBe(true);
  });

  test('a region names the zones that it touches', () => {
    const seen = watch(begin({ zones: [left] }), onTheLeft);
    expect(seen.at(-1)?.regions[0]?.zones).toEqual(['left half']);
  });
});

describe('settings that change while the detector runs', () => {
  test('nothing that was learnt is lost: the frame after sees neither less nor more', () => {
    const untouched = begin({});
    const touched = begin({ sensitivity: { day: 1 } });
    watch(untouched, null, { to: 40 });
    watch(touched, null, { to: 40 });
    touched.configure(settingsOf({}));
    const range = { from: 40, to: 60 };
    expect(watch(touched, onTheLeft, range)).toEqual(watch(untouched, onTheLeft, range));
  });

  test('a zone drawn over what moves hides it from the next frame on, and wiped shows it again', () => {
    const detector = begin({});
    expect(flagged(watch(detector, onTheLeft, { to: 50 }))).toBeGreaterThan(0);
    detector.configure(settingsOf({ zones: [{ ...left, kind: 'exclude' as const }] }));
    expect(flagged(watch(detector, onTheLeft, { from: 50, to: 55 }))).toBe(0);
    detector.configure(settingsOf({}));
    expect(flagged(watch(detector, onTheLeft, { from: 55, to: 58 }))).toBe(3);
  });
});

describe('the same pictures', () => {
  test('give the same observations and the same foreground, to the bit', () => {
    const [first, second] = [begin({}), begin({})];
    const replays = [first, second].map((detector) => watch(detector, onTheLeft));
    expect(replays[1]).toEqual(replays[0]);
    expect(second.foreground()).toEqual(first.foreground());
    expect(first.foreground().some((value) => value !== 0)).toBe(true);
  });

  test('do not depend on what a detector beside it sees', () => {
    const alone = watch(begin({}), onTheLeft);
    const [one, other] = [begin({}), begin({})];
    const together = [];
    for (let frame = 0; frame < 60; frame++) {
      together.push(...watch(one, onTheLeft, { from: frame, to: frame + 1 }));
      watch(other, onTheRight, { from: frame, to: frame + 1 });
    }
    expect(together).toEqual(alone);
  });
});
