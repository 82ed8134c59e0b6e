import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { steadyTimes } from '../../../tools/score/frame-times.ts';
import { scoreIntervals } from '../../../tools/score/interval-score.ts';
import { parseIntervals } from '../../../tools/score/interval-truth.ts';

const csv = `# comment
file,start_frame,end_frame,fps,label,basis,tolerance_frames,note
a.mp4,0,9,10,NO_MOTION,eye,2,
a.mp4,10,19,10,PERSON,eye,2,"walks, slowly"
a.mp4,20,39,10,NO_MOTION,eye,2,
b.mp4,5,6,29.97,VEHICLE,eye,0,only inside ROI x=64 y=36 w=128 h=72 of 640x360
`;

const flagsAt = (length: number, ...frames: number[]): boolean[] =>
  Array.from({ length }, (_, frame) => frames.includes(frame));

describe('events.csv', () => {
  test('gives intervals by file, with their rate, tolerance and region', () => {
    const truths = parseIntervals(csv, 'events.csv');
    expect(truths.get('b.mp4')).toEqual({
      framesPerSecond: 29.97,
      region: { x: 0.1, y: 0.1, width: 0.2, height: 0.2 },
      intervals: [{ start: 5, end: 6, label: 'VEHICLE', moving: true, tolerance: 0, onsetFrom: 5 }],
    });
    expect(truths.get('a.mp4')?.intervals.map(({ moving }) => moving)).toEqual([
      false,
      true,
      false,
    ]);
  });

  test.each<[string, string, RegExp]>([
    [
      'no interval',
      'a.mp4,9,3,10,PERSON,eye,0,',
      /events\.csv line 1: expected end_frame to be no less/,
    ],
    ['no rate', 'a.mp4,3,9,,PERSON,eye,0,', /line 1: expected fps to be above 0, found a\.mp4/],
    ['a rate of 0', 'a.mp4,3,9,0,PERSON,eye,0,', /line 1: expected fps to be above 0/],
    ['half a frame', 'a.mp4,3.5,9,10,PERSON,eye,0,', /line 1: expected start_frame to be a whole/],
    ['a time', 'a.mp4,3,0:09,10,PERSON,eye,0,', /line 1: expected end_frame to be a whole/],
    ['a tolerance in words', 'a.mp4,3,9,10,PERSON,eye,some,', /expected tolerance_frames to be/],
    ['no label', 'a.mp4,3,9,10,,eye,0,', /line 1: expected file,start_frame,/],
    ['semicolons', '\n\na.mp4;3;9;10;PERSON;eye;0', /line 3: expected .* found a\.mp4;3;9/],
    [
      'two rates',
      'a.mp4,0,9,10,PERSON,eye,0,\na.mp4,20,29,12,PERSON,eye,0,',
      /line 2: a\.mp4 has 12 frames\/s here and 10 above/,
    ],
    [
      'motion and quiet at once',
      'a.mp4,0,9,10,PERSON,eye,1,\na.mp4,7,20,10,NO_MOTION,eye,1,',
      /line 2: frames 7-20 overlap 0-9, and one of them is NO_MOTION/,
    ],
    [
      'quiet counted twice',
      'a.mp4,0,9,10,NO_MOTION,eye,0,\na.mp4,9,20,10,NO_MOTION,eye,0,',
      /line 2: frames 9-20 overlap 0-9/,
    ],
  ])('%s is refused, and the line named', (_what, text, expected) => {
    expect(() => parseIntervals(text, 'events.csv')).toThrow(expected);
  });

  test.each([
    [
      'intervals that overlap by their tolerances',
      'a.mp4,0,9,10,PERSON,eye,1,\na.mp4,8,20,10,NO_MOTION,eye,1,',
    ],
    ['two people at once', 'a.mp4,0,9,10,PERSON,eye,0,\na.mp4,5,20,10,PERSON,eye,0,'],
    [
      'a file of a spreadsheet',
      '\uFEFFfile,start_frame\r\na.mp4,0,9,10,PERSON\r\na.mp4,10,12,10,CAT,,,\r\n',
    ],
    [
      'fields in quotes',
      '"file","start_frame"\n"a.mp4",0,9,10,"PERSON","eye",,"a ""fast"" one"\na.mp4,10,12,10,CAT,,,x="1"',
    ],
  ])('%s are taken', (_what, text) => {
    expect(parseIntervals(text, 'events.csv').get('a.mp4')?.intervals).toHaveLength(2);
  });
});

test('a name in quotes may hold a comma', () => {
  const text = '"a, b ""c"".mp4",0,9,10,PERSON,eye,0,';
  expect([...parseIntervals(text, 'events.csv').keys()]).toEqual(['a, b "c".mp4']);
});

describe('the score of flags against intervals', () => {
  const truth = parseIntervals(csv, 'events.csv').get('a.mp4');
  const score = (flags: readonly boolean[], learningMs = 0) =>
    scoreIntervals(flags, truth?.intervals ?? [], steadyTimes(10), learningMs);

  test('quiet shrinks by its tolerance at both ends, motion does not', () => {
    // 0-1, 8-9, 20-21 and 38-39 lie within the tolerance.
    const scored = score(flagsAt(40, 1, 8, 12, 13, 21, 22, 23, 30));
    expect(scored).toMatchObject({
      found: 1,
      of: 1,
      movingFrames: 10,
      movingFlagged: 2,
      quietFrames: 6 + 16,
      quietFlagged: 3,
      falseRuns: [
        { start: 22, end: 23 },
        { start: 30, end: 30 },
      ],
      missedRuns: [
        { start: 10, end: 11 },
        { start: 14, end: 19 },
      ],
    });
    expect(scored.falseSeconds).toBeCloseTo(0.3);
    expect(scored.intervals[0]).toMatchObject({ onsetFrames: 2, onsetMs: 200 });
  });

  test('false alarms while learning do not count, and that time is not quiet', () => {
    expect(score(flagsAt(40, 3, 4), 500)).toMatchObject({ quietFrames: 3 + 16, quietFlagged: 0 });
  });

  test('an interval without a flag is missed and has no onset', () => {
    expect(score(flagsAt(40)).intervals[0]).toMatchObject({ found: false, onsetMs: null });
  });

  test('footage shorter than its labels counts only the frames there are', () => {
    expect(score(flagsAt(15, 10))).toMatchObject({ movingFrames: 5, quietFrames: 6 });
  });
});

test('what is counted by runs is what a count frame by frame gives', () => {
  const interval = fc.record({
    gap: fc.nat(5),
    length: fc.integer({ min: 1, max: 12 }),
    moving: fc.boolean(),
    tolerance: fc.nat(2),
  });
  const flagged = fc.array(fc.boolean(), { maxLength: 80 });
  fc.assert(
    fc.property(
      flagged,
      fc.array(interval, { maxLength: 6 }),
      fc.nat(3_000),
      (flags, made, learningMs) => {
        let end = -1;
        const intervals = made.map(({ gap, length, moving, tolerance }) => {
          const start = end + 1 + gap;
          end = start + length - 1;
          return {
            start,
            end,
            moving,
            tolerance,
            label: moving ? 'X' : 'NO_MOTION',
            onsetFrom: start,
          };
        });
        const owed = flags.map((_, frame) => {
          const of = intervals.find((one) => frame >= one.start && frame <= one.end);
          if (of === undefined || of.moving) return of?.moving ?? null;
          const inside = frame >= of.start + of.tolerance && frame <= of.end - of.tolerance;
          return inside && frame * 100 >= learningMs ? false : null;
        });
        const count = (truth: boolean, flag: boolean): number =>
          flags.filter((value, frame) => owed[frame] === truth && value === flag).length;
        const scored = scoreIntervals(flags, intervals, steadyTimes(10), learningMs);
        expect({
          hit: scored.movingFlagged,
          missed: scored.movingFrames - scored.movingFlagged,
          alarm: scored.quietFlagged,
          silent: scored.quietFrames - scored.quietFlagged,
          alarmTenths: Math.round(scored.falseSeconds * 10),
          quietTenths: Math.round(scored.quietSeconds * 10),
        }).toEqual({
          hit: count(true, true),
          missed: count(true, false),
          alarm: count(false, true),
          silent: count(false, false),
          alarmTenths: count(false, true),
          quietTenths: count(false, true) + count(false, false),
        });
      },
    ),
    { numRuns: 300 },
  );
});

describe('one interval of several', () => {
  const moving = (start: number, end: number, onsetFrom: number | null = start) => ({
    ...{ start, end, onsetFrom, label: 'PERSON', moving: true, tolerance: 0 },
  });
  const score = (intervals: Parameters<typeof scoreIntervals>[1], ...flags: number[]) =>
    scoreIntervals(flagsAt(40, ...flags), intervals, steadyTimes(10), 0);

  test('is found by a single frame, and counted apart from those that are not', () => {
    const scored = score([moving(0, 9), moving(20, 29)], 22);
    expect([scored.found, scored.of]).toEqual([1, 2]);
    expect(scored.intervals.map(({ found, framesFlagged }) => [found, framesFlagged])).toEqual([
      [false, 0],
      [true, 1],
    ]);
  });

  test.each<[string, number | null, number | null, number | null]>([
    ['after what it counts from', 20, 2, 200],
    ['before it', 25, 0, 0],
    ['of what owes none', null, null, null],
  ])('has an onset %s', (_what, onsetFrom, onsetFrames, onsetMs) => {
    const [interval] = score([moving(20, 29, onsetFrom)], 22, 23).intervals;
    expect(interval).toMatchObject({ onsetFrames, onsetMs, framesFlagged: 2 });
  });

  test('learning ends with the frame at its end, though its time came out a rounding error before', () => {
    const quiet = { ...moving(0, 9, null), label: 'NO_MOTION', moving: false };
    const times = { ...steadyTimes(10), atMs: (frame: number) => frame * 100 - 1e-9 };
    expect(scoreIntervals(flagsAt(10), [quiet], times, 500).quietFrames).toBe(5);
  });
});
