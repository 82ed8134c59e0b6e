/** What the desk answers, as HTTP says it: a value, or a problem with its reason. */
import type { DeskAnswer, DeskRefusal } from '../services/legal-desk/legal-desk.ts';
import { ProblemError } from './problems.ts';

const statuses: Readonly<Record<DeskRefusal, number>> = {
  role: 403,
  'another-part': 403,
  stage: 409,
  'unseen-change': 409,
  challenged: 409,
  'no-such-demand': 404,
  hold: 409,
  malformed: 422,
  document: 422,
  'no-motion': 409,
  'too-many': 429,
  'owner-not-told': 409,
  'time-to-challenge': 409,
  export: 409,
  'no-export': 501,
};

/** Throws ProblemError for a refusal. */
export function accepted<Value>(answer: DeskAnswer<Value>): Value {
  if (answer.ok) return answer.value;
  const { because, detail, invalid } = answer;
  throw new ProblemError(statuses[because], detail, {}, { reason: because, invalid });
}
