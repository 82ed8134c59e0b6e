/** What every act of the demo has: the stage, the story it tells, and answers that must be yes. */
import assert from 'node:assert/strict';
import type { DeskAnswer } from '../../cloud-stub/services/legal-desk/legal-desk.ts';
import { type EpochMs, isoTime } from '../../device/wire/time.ts';
import type { Stage } from './stage.ts';
import type { Story } from './story.ts';

export type Scene = { readonly stage: Stage; readonly story: Story };

export function given<Value>(answer: DeskAnswer<Value>): Value {
  assert(answer.ok, answer.ok ? '' : `${answer.because}: ${answer.detail}`);
  return answer.value;
}

export function never(): never {
  throw new Error('the story went another way');
}

export const day = (at: EpochMs | null): string =>
  at === null ? 'never' : isoTime(at).slice(0, 10);
