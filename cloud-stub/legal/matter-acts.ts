/**
 * Who may do what in a matter, and when. One person has one part in it: who sent the demand, took
 * it in, reviewed, approved or sealed it does none of the others. [LEG-5]
 */
import type { Ulid } from '../../device/wire/ids.ts';
import type { ApprovalRole } from './approvals.ts';
import type { Matter, Stage } from './matter.ts';
import type { ReviewFindings } from './matter-steps.ts';
import type { Role } from './roles.ts';

export type Actor = {
  readonly principal: string;
  readonly roles: readonly Role[];
  /** Whose matters an agency's people may touch. */
  readonly agency: string | null;
  readonly account: Ulid | null;
};

export const acts = [
  'take-in',
  'answer',
  'review',
  'advise',
  'refuse',
  'approve',
  'lift-silence',
  'seal',
  'deliver',
  'move',
  'end-challenge',
  'withdraw',
] as const;
export type Act = (typeof acts)[number];

type ActRule = { readonly role: Role; readonly part: Part; readonly stages: readonly Stage[] };

export type Part = 'requester' | 'clerk' | ApprovalRole | 'custodian';

const beforeDelivery: readonly Stage[] = ['received', 'asked', 'in-review', 'decided'];

export const actRules: Readonly<Record<Act, ActRule>> = {
  'take-in': { role: 'intake-clerk', part: 'clerk', stages: ['received'] },
  answer: { role: 'agency-officer', part: 'requester', stages: ['asked'] },
  review: { role: 'reviewer', part: 'reviewer', stages: ['in-review'] },
  advise: { role: 'counsel', part: 'counsel', stages: ['in-review'] },
  refuse: { role: 'reviewer', part: 'reviewer', stages: ['in-review'] },
  approve: { role: 'approver', part: 'approver', stages: ['in-review'] },
  'lift-silence': { role: 'reviewer', part: 'reviewer', stages: [...beforeDelivery, 'delivered'] },
  seal: { role: 'custodian', part: 'custodian', stages: ['decided'] },
  deliver: { role: 'custodian', part: 'custodian', stages: ['decided'] },
  // A lawyer goes to court for the provider.
  move: { role: 'counsel', part: 'counsel', stages: ['in-review', 'decided'] },
  'end-challenge': { role: 'reviewer', part: 'reviewer', stages: beforeDelivery },
  withdraw: { role: 'agency-officer', part: 'requester', stages: beforeDelivery },
};

export type ActRefusal =
  /** None of the person's roles may do this. */
  | 'role'
  /** The person has another part in this matter. */
  | 'another-part'
  /** It is not, or no longer, the time for it. */
  | 'stage'
  /** Something happened in the matter that the person has not seen. */
  | 'unseen-change'
  /** The owner's challenge is not ended. */
  | 'challenged';

export type ActVerdict =
  | { readonly may: true; readonly isRepeated: boolean }
  | { readonly may: false; readonly because: ActRefusal };

/**
 * `seen`: how many steps of the matter the person has seen; null where what is done does not depend
 * on them. A signature given twice is given once, whatever was seen the second time.
 */
export function mayAct(matter: Matter, actor: Actor, act: Act, seen: number | null): ActVerdict {
  const rule = actRules[act];
  const refused = (because: ActRefusal): ActVerdict => ({ may: false, because });
  if (!actor.roles.includes(rule.role)) return refused('role');
  const parts = partsOf(matter, actor.principal);
  if (parts.some((part) => part !== rule.part)) return refused('another-part');
  if (act === 'approve' && parts.includes('approver')) return { may: true, isRepeated: true };
  if (!rule.stages.includes(matter.stage)) return refused('stage');
  const isHeldUp = matter.demand.standing === 'challenged' && act !== 'end-challenge';
  if (isHeldUp && act !== 'withdraw' && act !== 'lift-silence') return refused('challenged');
  if (act === 'end-challenge' && matter.challenge === null) return refused('stage');
  if (act === 'lift-silence' && !isSilenced(matter)) return refused('stage');
  if (seen !== null && seen !== matter.version) return refused('unseen-change');
  return { may: true, isRepeated: false };
}

const isSilenced = ({ demand, orders, isLifted }: Matter): boolean =>
  !isLifted && (demand.silence !== null || orders.length > 0);

/** What this person did in the matter already. */
export function partsOf(matter: Matter, principal: string): readonly Part[] {
  const { demand, clerk, approvals, custodian, mover } = matter;
  const parts: Part[] = approvals.flatMap((each) => (each.principal === principal ? each.as : []));
  if (demand.sender.principal === principal) parts.push('requester');
  if (clerk === principal) parts.push('clerk');
  if (custodian === principal) parts.push('custodian');
  if (mover === principal) parts.push('counsel');
  return parts;
}

/** Whether findings add anything to what is on record: what adds nothing needs no new signature. */
export const addsFindings = ({ review }: Matter, found: ReviewFindings): boolean =>
  found.narrowed.some((key) => !review.narrowed.has(key)) ||
  found.confirmed.some((key) => !review.confirmed.has(key)) ||
  found.cleared.some((check) => !review.cleared.has(check));
