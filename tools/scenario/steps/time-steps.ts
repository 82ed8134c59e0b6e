/** Time passes. */
import { milliseconds } from '../../../device/wire/time.ts';
import { durationSchema, instantText, pointAt, timePointSchema } from '../quantities.ts';
import { defineStep, ScenarioMistake, type Step } from '../step.ts';

export const timeSteps: readonly Step[] = [
  defineStep('advance', 'Time passes.', durationSchema, ({ time }, length) => time.advance(length)),

  defineStep(
    'advance-to',
    'Time passes until then.',
    timePointSchema,
    async ({ time, startAt }, point) => {
      const now = time.clock.now();
      const at = pointAt(point, startAt, now);
      if (at < now) {
        throw new ScenarioMistake(`${instantText(at)} is past: it is ${instantText(now)}`);
      }
      await time.advance(milliseconds(at - now));
    },
  ),
];
