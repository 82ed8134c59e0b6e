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

  test('nothing begins during the cooldown, and motion that outlasts it begins at its end', () => {
    const cooling = settings({ endAfterMs: 200, cooldownMs: 500 });
    expect(play([1, 0, 0, 1, 1, 1, 1, 1, 1], cooling)).toEqual([
      'began@0',
      'ended@0:0',
      'began@700',
    ]);
  });
});
