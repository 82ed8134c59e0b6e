import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  idleSegmenter,
  type SegmenterEffect,
  type SegmenterInput,
  type SegmenterSettings,
  stepSegmenter,
} from '../../../device/core/clip-segmenter.ts';
import type { RecordedFragment } from '../../../device/core/fragment-ring.ts';
import { milliseconds, seconds, uptimeMs } from '../../../device/wire/time.ts';

const settings: SegmenterSettings = {
  preRollMs: seconds(4),
  postRollMs: seconds(5),
  snapshotPostRollMs: seconds(1),
  maxLengthMs: seconds(20),
  ring: { keepMs: seconds(7), bytesMax: 1_000_000 },
};

const fragment = (second: number, more: Partial<RecordedFragment> = {}): SegmenterInput => ({
  kind: 'fragment',
  fragment: {
    bytes: new Uint8Array(10),
    at: uptimeMs(second * 1000),
    durationMs: seconds(1),
    decodeTimes: [],
    continuous: true,
    idr: true,
    ...more,
  },
});
const fragments = (from: number, to: number): SegmenterInput[] =>
  Array.from({ length: to - from }, (_, i) => fragment(from + i));
const ding = (ms: number): SegmenterInput => ({
  kind: 'trigger',
  trigger: 'ding',
  at: uptimeMs(ms),
});
const motion = (kind: 'motion-began' | 'motion-ended', ms: number): SegmenterInput => ({
  kind,
  at: uptimeMs(ms),
});

/** Effects in short: `open ding 4000/4000`, `a12` for the fragment of second 12, `close: ...`. */
function run(inputs: readonly SegmenterInput[]): readonly string[] {
  let state = idleSegmenter;
  return inputs.flatMap((input) => {
    const step = stepSegmenter(state, input, settings);
    state = step.state;
    return step.effects.map(short);
  });
}
function short(effect: SegmenterEffect): string {
  switch (effect.kind) {
    case 'open':
      return `open ${effect.trigger} ${effect.preRoll.deliveredMs}/${effect.requestedMs}`;
    case 'add-trigger':
      return `add ${effect.trigger}`;
    case 'append':
      return `a${effect.fragment.at / 1000}`;
    case 'close':
      return `close: ${effect.because}${effect.truncated ? ', truncated' : ''}`;
  }
}

test.each([
  [
    'a ring gets its pre-roll from the ring buffer and ends after its post-roll',
    [...fragments(0, 10), ding(9_500), ...fragments(10, 17)],
    [
      'open ding 4500/4000',
      'a5',
      'a6',
      'a7',
      'a8',
      'a9',
      'a10',
      'a11',
      'a12',
      'a13',
      'a14',
      'close: post-roll over',
    ],
  ],
  [
    'too little in the ring buffer is delivered as it is [DEV-1]',
    [...fragments(0, 2), ding(2_000), fragment(2)],
    ['open ding 2000/4000', 'a0', 'a1', 'a2'],
  ],
  [
    'a ring in a motion clip is a trigger of it and extends it',
    [
      ...fragments(0, 6),
      motion('motion-began', 5_500),
      fragment(6),
      motion('motion-ended', 6_500),
      fragment(7),
      ding(8_000),
      ...fragments(8, 14),
    ],
    [
      'open motion 4500/4000',
      'a1',
      'a2',
      'a3',
      'a4',
      'a5',
      'a6',
      'a7',
      'add ding',
      'a8',
      'a9',
      'a10',
      'a11',
      'a12',
      'close: post-roll over',
    ],
  ],
  [
    'a broken stream ends the clip truncated',
    [...fragments(0, 6), ding(5_900), { kind: 'interrupted', because: 'the encoder died' }],
    ['open ding 4900/4000', 'a1', 'a2', 'a3', 'a4', 'a5', 'close: the encoder died, truncated'],
  ],
  [
    'a ring before the first picture waits for it',
    [ding(500), { kind: 'stream-began' }, ...fragments(1, 7)],
    ['open ding 0/4000', 'a1', 'a2', 'a3', 'a4', 'a5', 'close: post-roll over'],
  ],
  [
    'a clip that cannot be kept ends, and its motion opens no other',
    [
      ...fragments(0, 6),
      motion('motion-began', 5_900),
      { kind: 'refused', because: 'spool-full' },
      ...fragments(6, 9),
    ],
    ['open motion 4900/4000', 'a1', 'a2', 'a3', 'a4', 'a5', 'close: spool-full, truncated'],
  ],
  [
    'a snapshot is short',
    [
      ...fragments(0, 6),
      { kind: 'trigger', trigger: 'snapshot', at: uptimeMs(6_000) },
      ...fragments(6, 9),
    ],
    ['open snapshot 4000/4000', 'a2', 'a3', 'a4', 'a5', 'a6', 'close: post-roll over'],
  ],
] satisfies readonly (readonly [string, SegmenterInput[], string[]])[])(
  '%s',
  (_name, inputs, expected) => {
    expect(run(inputs)).toEqual(expected);
  },
);

test('motion past the maximum length goes on in a clip without pre-roll', () => {
  const effects = run([...fragments(0, 5), motion('motion-began', 4_500), ...fragments(5, 30)]);
  expect(effects.filter((effect) => !effect.startsWith('a'))).toEqual([
    'open motion 4500/4000',
    'close: maximum length',
    'open motion 0/0',
  ]);
  expect(effects.filter((effect) => effect.startsWith('a'))).toEqual(
    Array.from({ length: 30 }, (_, i) => `a${i}`),
  );
});

test('a ring near the maximum length has its whole post-roll; one after it has a clip of its own', () => {
  const effects = run([
    ...fragments(0, 5),
    motion('motion-began', 4_000),
    ...fragments(5, 19),
    ding(19_000),
    ...fragments(19, 22),
    ding(22_000),
    fragment(22),
  ]);
  expect(effects.filter((effect) => !effect.startsWith('a') || effect.startsWith('add'))).toEqual([
    'open motion 4000/4000',
    'add ding',
    'close: maximum length',
    'open ding 4000/4000',
  ]);
});

test('a fragment that does not begin on an IDR picture never begins a clip', () => {
  const effects = run([
    fragment(0),
    fragment(1, { idr: false }),
    fragment(2, { idr: false }),
    ding(6_000),
  ]);
  expect(effects.slice(0, 2)).toEqual(['open ding 6000/4000', 'a0']);
});

test('a gap in the pre-roll is measured [DEV-1]', () => {
  const inputs = [...fragments(0, 3), fragment(5, { continuous: false }), ding(6_000)];
  let state = idleSegmenter;
  let opened: SegmenterEffect | undefined;
  for (const input of inputs) {
    const step = stepSegmenter(state, input, settings);
    state = step.state;
    opened = step.effects.find(({ kind }) => kind === 'open') ?? opened;
  }
  expect(opened).toMatchObject({ preRoll: { deliveredMs: 4_000, gapMs: 2_000 } });
});

const anyInput: fc.Arbitrary<(at: number) => SegmenterInput> = fc.oneof(
  { weight: 12, arbitrary: fc.constant((at: number) => fragment(at)) },
  fc.constant((at: number) => ding(at * 1000)),
  fc.constant(
    (at: number): SegmenterInput => ({
      kind: 'trigger',
      trigger: 'snapshot',
      at: uptimeMs(at * 1000),
    }),
  ),
  fc.constant((at: number) => motion('motion-began', at * 1000)),
  fc.constant((at: number) => motion('motion-ended', at * 1000)),
  fc.constant((): SegmenterInput => ({ kind: 'stream-began' })),
  fc.constant((): SegmenterInput => ({ kind: 'interrupted', because: 'x' })),
  fc.constant((): SegmenterInput => ({ kind: 'refused', because: 'y' })),
);

test('whatever comes: every ring belongs to exactly one clip, clips are in order and bounded', () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 120 }), (makers) => {
      let state = idleSegmenter;
      let open: { startAt: number; last: number } | null = null;
      makers.forEach((make, second) => {
        const input = make(second);
        const step = stepSegmenter(state, input, settings);
        state = step.state;
        if (input.kind === 'trigger') {
          const takes = step.effects.filter(
            ({ kind }) => kind === 'open' || kind === 'add-trigger',
          );
          expect(takes).toHaveLength(1);
        }
        for (const effect of step.effects) {
          if (effect.kind === 'open') {
            expect(open).toBeNull();
            open = { startAt: effect.startAt, last: -1 };
          } else expect(open).not.toBeNull();
          if (effect.kind === 'append' && open !== null) {
            expect(effect.fragment.at).toBeGreaterThan(open.last);
            open.last = effect.fragment.at;
            const lengthMs = effect.fragment.at - open.startAt;
            expect(lengthMs).toBeLessThanOrEqual(
              milliseconds(settings.maxLengthMs + settings.postRollMs + settings.preRollMs + 1_000),
            );
          }
          if (effect.kind === 'close') open = null;
        }
        expect(state.clip === null).toBe(open === null);
      });
    }),
  );
});
