/** What a check found, and how it says so. */
import type { Reason } from './reasons.ts';

/**
 * What a failure does. `reject` and `deny` end it; `clarify` asks the sender; `review` needs a
 * person, `counsel` two and a lawyer; `narrow`, `no-gag`, `link` and `inform` let it go on.
 */
export type FailureAction =
  | 'reject'
  | 'deny'
  | 'clarify'
  | 'review'
  | 'counsel'
  | 'narrow'
  | 'no-gag'
  | 'link'
  | 'inform';

export type Finding =
  | { readonly passed: true }
  | {
      readonly passed: false;
      readonly action: FailureAction;
      readonly reason: Reason | null;
      readonly because: string;
    };

export const passed: Finding = { passed: true };

export const failed = (action: FailureAction, reason: Reason | null, because: string): Finding => ({
  passed: false,
  action,
  reason,
  because,
});
