import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ButtonEffect,
  type ButtonInput,
  buttonWakeAt,
  restingButton,
  stepButton,
} from '../../../device/core/button.ts';
import { milliseconds, uptimeMs } from '../../../device/wire/time.ts';

const settings = {
  debounceMs: milliseconds(30),
  longPressMs: milliseconds(1_500),
  doublePressGapMs: milliseconds(400),
};

/** Plays edges (`p` pressed, `r` released, each at a time) and every tick the button asks for. */
function play(edges: readonly (readonly ['p' | 'r', number])[]): readonly ButtonEffect[] {
  let state = restingButton;
  const effects: ButtonEffect[] = [];
  const feed = (input: ButtonInput): void => {
    const step = stepButton(state, input, settings);
    state = step.state;
    effects.push(...step.effects);
  };
  const tickUntil = (end: number): void => {
    for (let at = buttonWakeAt(state, settings); at !== null && at <= end; ) {
      feed({ kind: 'tick', at });
      at = buttonWakeAt(state, settings);
    }
  };
  for (const [level, at] of edges) {
    tickUntil(at);
    feed({ kind: 'edge', level: level === 'p' ? 'pressed' : 'released', at: uptimeMs(at) });
  }
  tickUntil(Number.MAX_SAFE_INTEGER);
  return effects;
}

const dings = (effects: readonly ButtonEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'ding' ? [Number(effect.at)] : []));
const presses = (effects: readonly ButtonEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'press' ? [[effect.press, effect.heldMs]] : []));

test.each([
  [
    'a short press',
    [
      ['p', 0],
      ['r', 150],
    ],
    [0],
    [['short', 150]],
  ],
  [
    'a long press, told while it is still held',
    [
      ['p', 0],
      ['r', 4000],
    ],
    [0],
    [['long', 1500]],
  ],
  [
    'a double press, which is one ring',
    [
      ['p', 0],
      ['r', 100],
      ['p', 300],
      ['r', 450],
    ],
    [0],
    [['double', 150]],
  ],
  [
    'two presses far apart',
    [
      ['p', 0],
      ['r', 100],
      ['p', 900],
      ['r', 1000],
    ],
    [0, 900],
    [
      ['short', 100],
      ['short', 100],
    ],
  ],
  [
    'a bouncing press',
    [
      ['p', 0],
      ['r', 4],
      ['p', 9],
      ['r', 200],
    ],
    [0],
    [['short', 200]],
  ],
  [
    'a bouncing release',
    [
      ['p', 0],
      ['r', 200],
      ['p', 205],
      ['r', 211],
    ],
    [0],
    [['short', 200]],
  ],
  [
    'a tap shorter than the debounce',
    [
      ['p', 0],
      ['r', 10],
    ],
    [0],
    [['short', 30]],
  ],
  ['a finger that stays', [['p', 0]], [0], [['long', 1500]]],
] as const)('%s', (_name, edges, rings, details) => {
  const effects = play(edges);
  expect(dings(effects)).toEqual(rings);
  expect(presses(effects)).toEqual(details);
});

test('the ding comes with the edge itself, before anything else is known', () => {
  const step = stepButton(
    restingButton,
    { kind: 'edge', level: 'pressed', at: uptimeMs(7) },
    settings,
  );
  expect(step.effects).toEqual([{ kind: 'ding', at: 7 }]);
});

test('whatever the contact does, every ring gets exactly one detail, after it', () => {
  const times = fc.array(fc.integer({ min: 1, max: 2_500 }), { maxLength: 40 });
  fc.assert(
    fc.property(times, (gaps) => {
      let at = 0;
      const edges = gaps.map((gap, i) => {
        at += gap;
        return [i % 2 === 0 ? 'p' : 'r', at] as const;
      });
      const kinds = play(edges).map(({ kind }) => kind);
      expect(kinds).toEqual(kinds.map((_, i) => (i % 2 === 0 ? 'ding' : 'press')));
      expect(kinds.length % 2).toBe(0);
    }),
  );
});
