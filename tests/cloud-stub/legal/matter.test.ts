import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noneOfAny } from '../../../cloud-stub/legal/item-tally.ts';
import { evolveMatter, type Matter, matterOf } from '../../../cloud-stub/legal/matter.ts';
import {
  type Act,
  actRules,
  acts,
  mayAct,
  partsOf,
} from '../../../cloud-stub/legal/matter-acts.ts';
import {
  answerDueAt,
  challengeBy,
  deadlinesOf,
  mayLeave,
  nextLookAt,
} from '../../../cloud-stub/legal/matter-deadlines.ts';
import type { MatterStep } from '../../../cloud-stub/legal/matter-steps.ts';
import type { ProcessId } from '../../../cloud-stub/legal/process-rules.ts';
import { roles, rolesFault } from '../../../cloud-stub/legal/roles.ts';
import { overlaid } from '../../../cloud-stub/legal/rule-overlays.ts';
import { stateOverlays } from '../../../cloud-stub/legal/rules/state-overlays.ts';
import { days, hours, later } from '../../../device/wire/time.ts';
import { demandOf, legalOf, receivedAt, ruleOf, ulid } from './demand-samples.ts';

const at = receivedAt;
const findings = { narrowed: [], confirmed: [], cleared: [] };
const some = { ...noneOfAny, content: 2 };
const received: MatterStep = {
  ...{ name: 'received', at, by: 'officer-1', demand: demandOf('search-warrant'), checks: [] },
  ...{ returnBy: null, silences: null },
};
const step = {
  takenIn: { name: 'taken-in', at, by: 'clerk', demand: demandOf('search-warrant'), checks: [] },
  reviewed: { name: 'reviewed', at, by: 'reviewer', as: 'reviewer', ...findings },
  approved: { name: 'approved', at, by: 'approver' },
  released: {
    ...{ name: 'decided', at, by: 'desk', outcome: { code: 'FULL' }, round: 4 },
    items: { released: some, withheld: noneOfAny },
  },
  refused: {
    ...{ name: 'decided', at, by: 'desk', round: null },
    outcome: { code: 'REJECTED', reason: 'stale' },
    items: { released: noneOfAny, withheld: noneOfAny },
  },
  asked: { name: 'asked', at, by: 'desk', reason: 'not_particular', dueAt: later(at, days(14)) },
  leased: { name: 'leased', at, by: 'custodian', export: ulid(5) },
  delivered: { name: 'delivered', at, by: 'custodian' },
  challenged: { name: 'challenged', at, by: 'owner', because: 'mine' },
  withdrawn: { name: 'withdrawn', at, by: 'officer-1' },
} as const satisfies Record<string, MatterStep>;

const matterAfter = (...steps: readonly MatterStep[]): Matter => {
  const matter = matterOf([received, ...steps]);
  if (matter === null) throw new Error('it has begun');
  return matter;
};
const actor = (principal: string) => ({ principal, roles, agency: null, account: null });

describe('a matter', () => {
  test.each<[string, readonly MatterStep[], Matter['stage']]>([
    ['begins with the clerk', [], 'received'],
    ['is asked about', [step.asked], 'asked'],
    ['is reviewed once it is taken in', [step.takenIn], 'in-review'],
    ['is decided when something leaves', [step.takenIn, step.released], 'decided'],
    ['ends when nothing does', [step.takenIn, step.refused], 'closed'],
    ['is over once delivered', [step.takenIn, step.released, step.delivered], 'delivered'],
    ['ends withdrawn', [step.takenIn, step.withdrawn], 'closed'],
  ])('%s', (_title, steps, stage) => {
    expect(matterAfter(...steps).stage).toBe(stage);
  });

  test('counts its steps, so that nobody signs what was not seen', () => {
    const all = Object.values(step);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...all), { maxLength: 12 }), (steps) => {
        expect(matterAfter(...steps).version).toBe(steps.length + 1);
      }),
    );
  });

  test('evolves to the same whether at once or step by step', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(step)), { maxLength: 9 }), (steps) => {
        const bySteps = steps.reduce(evolveMatter, evolveMatter(null, received));
        expect(bySteps).toEqual(matterAfter(...steps));
      }),
    );
  });

  test("a later finding takes the approver's signature, an answer takes all", () => {
    const signed = matterAfter(step.takenIn, step.reviewed, step.approved);
    expect(signed.approvals).toHaveLength(2);
    const more = evolveMatter(signed, { ...step.reviewed, by: 'second' });
    expect(more.approvals.map(({ as }) => as)).toEqual(['reviewer', 'reviewer']);
    const { demand } = received;
    const answered = evolveMatter(signed, {
      ...{ name: 'answered', at, by: 'officer-1', demand, returnBy: null, checks: [] },
    });
    expect([answered.approvals, answered.clerk]).toEqual([[], null]);
  });
});

describe('[LEG-5, I14] who may act', () => {
  const scene = matterAfter(step.takenIn, step.reviewed, step.approved, step.released, step.leased);
  const parts = ['officer-1', 'clerk', 'reviewer', 'approver', 'custodian'] as const;

  test.each(parts)('%s, whatever the roles, has one part and no other', (person) => {
    const own = partsOf(scene, person);
    expect(own).toHaveLength(1);
    for (const act of acts) {
      const verdict = mayAct(scene, actor(person), act, null);
      if (verdict.may) expect(actRules[act].part).toBe(own[0]);
      else if (actRules[act].part !== own[0]) expect(verdict.because).toBe('another-part');
    }
  });

  test('without the role nobody acts, at whatever stage', () => {
    for (const act of acts) {
      const others = roles.filter((role) => role !== actRules[act].role);
      const outsider = { ...actor('somebody'), roles: others };
      expect(mayAct(scene, outsider, act, null)).toEqual({ may: false, because: 'role' });
    }
  });

  test('at each stage only what is its time', () => {
    const stranger = actor('stranger');
    const open = (matter: Matter): readonly Act[] =>
      acts.filter((act) => mayAct(matter, stranger, act, null).may);
    expect(open(matterAfter())).toEqual(['take-in', 'withdraw']);
    expect(open(matterAfter(step.asked))).toEqual(['answer', 'withdraw']);
    expect(open(matterAfter(step.takenIn))).toEqual([
      ...['review', 'advise', 'refuse', 'approve', 'move', 'withdraw'],
    ]);
    expect(open(matterAfter(step.takenIn, step.released))).toEqual([
      ...['seal', 'deliver', 'move', 'withdraw'],
    ]);
    expect(open(matterAfter(step.takenIn, step.released, step.challenged))).toEqual([
      ...['end-challenge', 'withdraw'],
    ]);
    expect(open(matterAfter(step.takenIn, step.refused))).toEqual([]);
  });

  test('a silence is lifted where there is one, whichever paper it came with [LEG-6]', () => {
    const silence = { by: 'court-order' as const, namesProcess: true, from: at, expiresAt: null };
    const ordered = matterAfter({
      ...{ name: 'silenced', at, by: 'desk', order: ulid(6) },
      silence: { by: 'court-order', from: at, expiresAt: null, liftedAt: null },
    });
    const own = matterOf([{ ...received, demand: demandOf('search-warrant', { silence }) }]);
    for (const matter of [ordered, own]) {
      if (matter === null) throw new Error('it has begun');
      expect(mayAct(matter, actor('reviewer'), 'lift-silence', null).may).toBe(true);
      const lifted = evolveMatter(matter, { name: 'silence-lifted', at, by: 'reviewer' });
      expect([lifted.demand.silence?.expiresAt, lifted.orders[0]?.liftedAt]).toContain(at);
    }
  });

  test('an owner, an agency and the desk are never one person', () => {
    expect(rolesFault(['reviewer', 'approver'])).toBeNull();
    expect(rolesFault(['agency-officer', 'agency-admin'])).toBeNull();
    for (const alone of ['owner', 'shared-user', 'auditor', 'ops'] as const) {
      for (const other of roles.filter((role) => role !== alone)) {
        if (alone === 'owner' && other === 'shared-user') continue;
        if (alone === 'shared-user' && other === 'owner') continue;
        expect(rolesFault([alone, other]), `${alone} and ${other}`).not.toBeNull();
      }
    }
  });
});

describe("an owner's time to challenge [LEG-6]", () => {
  const rule = ruleOf('search-warrant');
  const told = { name: 'notice-sent', at, by: 'desk', accounts: ['ann', 'bob'] } as const;
  const waived = (by: string) => ({ name: 'challenge-waived', at, by }) as const;
  const decidedMatter = (...steps: readonly MatterStep[]) =>
    matterAfter(step.takenIn, step.released, told, ...steps);
  const verdict = (matter: Matter) => mayLeave(matter, rule, legalOf('ring-2019'), at).may;

  test('ends early once everyone who was told has answered, by challenge or without', () => {
    expect(verdict(decidedMatter())).toBe(false);
    expect(verdict(decidedMatter(waived('ann')))).toBe(false);
    expect(verdict(decidedMatter(waived('ann'), waived('bob')))).toBe(true);
    const challenged = { ...step.challenged, by: 'bob' };
    expect(verdict(decidedMatter(waived('ann'), challenged))).toBe(true);
  });

  test.each([
    ['ring-2019', 14],
    ['privacy-first', 21],
    ['eu', 10],
  ])('is of the profile: %s, %i days', (profile, length) => {
    expect(challengeBy(decidedMatter(), rule, legalOf(profile))).toBe(later(at, days(length)));
    expect(
      challengeBy(matterAfter(step.takenIn, step.released), rule, legalOf(profile)),
    ).toBeNull();
  });
});

describe('deadlines', () => {
  test("the paper's own date comes before the row's hours; a row without either has none", () => {
    const rule = ruleOf('search-warrant');
    const returnBy = later(at, days(10));
    expect(answerDueAt({ ...matterAfter(), returnBy }, rule)).toBe(returnBy);
    expect(answerDueAt(matterAfter(), rule)).toBeNull();
    expect(answerDueAt({ ...matterAfter(), returnBy }, ruleOf('emergency'))).toBe(
      later(at, hours(1)),
    );
  });

  test('a question is looked at when its time is over, a closed matter never', () => {
    const rule = ruleOf('search-warrant');
    expect(nextLookAt(matterAfter(step.asked), rule, at)).toBe(later(at, days(14)));
    expect(nextLookAt(matterAfter(step.takenIn, step.refused), rule, at)).toBeNull();
    expect(deadlinesOf(matterAfter(step.asked), rule, later(at, days(14)))).toEqual([
      { what: 'clarification', at: later(at, days(14)), isPast: true },
    ]);
  });

  test('process that has to follow is looked for on its day, and once [LEG-2]', () => {
    const rule = ruleOf('emergency');
    const left = matterAfter(step.takenIn, step.released, step.leased, step.delivered);
    const due = { what: 'follow-up', at: later(at, days(14)), isPast: false };
    const sent = { ...left, noticeSentAt: at };
    expect(deadlinesOf(sent, rule, at)).toEqual([due]);
    expect(nextLookAt(sent, rule, at)).toBe(due.at);
    const missed = evolveMatter(sent, { name: 'unfollowed', at: due.at, by: 'desk' });
    expect(nextLookAt(missed, rule, due.at)).toBeNull();
    expect(deadlinesOf(missed, rule, due.at)).toEqual([{ ...due, isPast: true }]);
    const came = evolveMatter(missed, { name: 'followed', at, by: 'desk', process: ulid(9) });
    expect(deadlinesOf(came, rule, due.at)).toEqual([]);
  });

  test("what the authority owes the subscriber has its day, and is not the desk's to do [LEG-1]", () => {
    const owedBy = (process: ProcessId, jurisdiction: string, ...steps: readonly MatterStep[]) => {
      const { issuer, ...demand } = demandOf(process);
      const named = issuer === null ? null : { ...issuer, jurisdiction };
      const rule = overlaid(ruleOf(process), stateOverlays, { ...demand, issuer: named });
      const matter = { ...matterAfter(step.takenIn, ...steps), noticeSentAt: at };
      const found = deadlinesOf(matter, rule, later(at, days(1)));
      expect(nextLookAt({ ...matter, unfollowedAt: at }, rule, at)).toBeNull();
      return found.filter(({ what }) => what === 'authority-notice').map((each) => each.at);
    };
    const left = [step.released, step.leased, step.delivered];
    const kept = { ...step.released, items: step.refused.items };
    // As it executes a Californian warrant; three days after an emergency, or the receipt of a backup.
    expect(owedBy('search-warrant', 'US-CA', ...left)).toEqual([at]);
    expect(owedBy('search-warrant', 'US', ...left)).toEqual([]);
    expect(owedBy('emergency', 'US-CA', ...left)).toEqual([later(at, days(3))]);
    expect(owedBy('backup-preservation', 'US', kept)).toEqual([later(at, days(3))]);
    const backup = deadlinesOf(matterAfter(step.takenIn, kept), ruleOf('backup-preservation'), at);
    expect(backup.at(-1)).toEqual({
      ...{ what: 'subscriber-challenge', at: later(at, days(3 + 14)), isPast: false },
    });
    // Put off for ninety days.
    expect(owedBy('delayed-notice', 'US', kept)).toEqual([later(at, days(90))]);
    expect(owedBy('backup-preservation', 'US', step.refused)).toEqual([]);
    expect(owedBy('search-warrant', 'US-CA', step.released)).toEqual([]);
  });

  test('a late answer is told once, and then no more looked for', () => {
    const rule = ruleOf('search-warrant');
    const late = { ...matterAfter(step.takenIn), returnBy: at };
    expect(nextLookAt(late, rule, later(at, days(1)))).toBe(at);
    const told = evolveMatter(late, { name: 'overdue', at, by: 'desk' });
    expect(nextLookAt(told, rule, later(at, days(1)))).toBeNull();
  });
});
