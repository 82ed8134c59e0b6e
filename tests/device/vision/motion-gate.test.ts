import { describe, expect, test } from 'vitest';
import {
  type GateEffect,
  type GateSettings,
  quietGate,
  stepGate,
} from '../../../device/vision/motion-gate.ts';
import { milliseconds, uptimeMs } from '../../../device/wire/time.ts';

const settings = (change: Partial<Record<keyof GateSettings, number>> = {}): GateSettings => ({
  minimumDurationMs: milliseconds(change.minimumDurationMs ?? 0),
  endAfterMs: milliseconds(change.endAfterMs ?? 1_000),
  cooldownMs: milliseconds(change.cooldownMs ?? 0),
});

/** Plays scores at 100 ms each through the gate; returns `began@ms` and `ended@ms:duration`. */
function play(scores: readonly number[], gateSettings: GateSettings): string[] {
  let state = quietGate;
  const said: string[] = [];
  scores.forEach((score, index) => {
    const at = uptimeMs(index * 100);
    const step = stepGate(state, { at, score, motion: score >= 1, because: 'test' }, gateSettings);
    state = step.state;
    said.push(...step.effects.map(say));
  });
  return said;
}
const say = (effect: GateEffect): string =>
  effect.kind === 'motion-began' ? `began@${effect.at}` : `ended@${effect.at}:${effect.durationMs}`;

const times = (count: number, score: number): number[] => Array<number>(count).fill(score);

describe('the motion gate', () => {
  test.each([
    { fact: 'begins at once without a minimum duration', scores: [0, 1, 1], said: ['began@100'] },
    {
      fact: 'ends once motion was absent for endAfterMs, dated when it was last seen',
      scores: [1, 1, ...times(11, 0)],
      said: ['began@0', 'ended@100:100'],
    },
    {
      fact: 'a score between half and the whole threshold keeps an event alive',
      scores: [1, ...times(20, 0.6)],
      said: ['began@0'],
    },
    {
      fact: 'a score between half and the whole threshold begins nothing',
      scores: times(20, 0.9),
      said: [],
    },
    {
      fact: 'a shorter absence is the same event',
      scores: [1, ...times(9, 0), 1, 1],
      said: ['began@0'],
    },
  ])('$fact', ({ scores, said }) => {
    expect(play(scores, settings())).toEqual(said);
  });

  test('motion shorter than the minimum duration begins nothing', () => {
    const minimum = settings({ minimumDurationMs: 300 });
    expect(play([1, 1, 1, ...times(6, 0), 1, 1, 1], minimum)).toEqual([]);
    expect(play([1, 1, 1, 1], minimum)).toEqual(['began@0']);
  });

  test.each([
    ['half the threshold sustains an event', [1, ...times(12, 0.5)], ['began@0']],
    ['less than half does not', [1, ...times(12, 0.49)], ['began@0', 'ended@0:0']],
  ])('%s', (_fact, scores, said) => {
    expect(play(scores, settings())).toEqual(said);
  });

  test('motion sustains an event whatever its score, and each event says why', () => {
    const observed = (atMs: number, motion: boolean, because: string) => ({
      ...{ at: uptimeMs(atMs), motion, score: motion ? 0.1 : 0, because },
    });
    const began = stepGate(quietGate, observed(0, true, 'a cat'), settings());
    expect(began.effects).toEqual([{ kind: 'motion-began', at: 0, because: 'a cat' }]);
    const still = stepGate(began.state, observed(900, true, 'a cat'), settings());
    const ended = stepGate(still.state, observed(1_900, false, 'nothing'), settings());
    expect([...still.effects, ...ended.effects]).toEqual([
      { kind: 'motion-ended', at: 900, durationMs: 900, because: 'no motion for 1000 ms' },
    ]);
  });

  test.each([
    ['a gap of 400 ms', [1, ...times(4, 0), 1], ['began@0']],
    ['a longer gap', [1, ...times(5, 0), 1], []],
    ['a gap that counts from the last frame with motion', [1, 1, 1, 0, 0, 0, 0, 1], ['began@0']],
  ])('%s while rising', (_fact, scores, said) => {
    expect(play(scores, settings({ minimumDurationMs: 500 }))).toEqual(said);
  });

  test('the minimum duration counts from before the cooldown ended, the event does not', () => {
    const cooling = settings({ endAfterMs: 200, cooldownMs: 500, minimumDurationMs: 400 });
    const seen = play([...times(5, 1), 0, 0, ...times(9, 1)], cooling);
    expect(seen).toEqual(['began@0', 'ended@400:400', 'began@1100']);
    const brief = play([...times(5, 1), 0, 0, 0, 0, ...times(9, 1)], cooling);
    expect(brief).toEqual(['began@0', 'ended@400:400', 'began@1100']);
  });

  test('what came and went during the cooldown does not end it', () => {
    const cooling = settings({ endAfterMs: 200, cooldownMs: 2_000 });
    expect(play([1, 0, 0, 1, ...times(6, 0), 1, 1, 1], cooling)).toEqual(['began@0', 'ended@0:0']);
  });

  test('nothing begins during the cooldown, and motion that outlasts it begins at its end', () => {
    const cooling = settings({ endAfterMs: 200, cooldownMs: 500 });
    expect(play([1, 0, 0, 1, 1, 1, 1, 1, 1], cooling)).toEqual([
      'began@0',
      'ended@0:0',
      'began@700',
    ]);
  });
});
