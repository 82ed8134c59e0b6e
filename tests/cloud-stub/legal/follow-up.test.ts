import { describe, expect, test } from 'vitest';
import { followUpFault, followUpOf } from '../../../cloud-stub/legal/follow-up.ts';
import { noneOfAny } from '../../../cloud-stub/legal/item-tally.ts';
import type { ProcessId } from '../../../cloud-stub/legal/process-rules.ts';
import { overlaid } from '../../../cloud-stub/legal/rule-overlays.ts';
import { stateOverlays } from '../../../cloud-stub/legal/rules/state-overlays.ts';
import { thingNameSchema, type Ulid } from '../../../device/wire/ids.ts';
import { days, hours, later } from '../../../device/wire/time.ts';
import { caseOf, demandOf, legalOf, receivedAt, ruleOf, ulid } from './demand-samples.ts';

const at = receivedAt;
const emergency = ruleOf('emergency');
const left = { disclosedAt: at, followedBy: null };

describe('after an emergency process has to follow [LEG-2]', () => {
  test.each([
    ['on its day less an instant', days(14) - 1, 'due'],
    ['from its day on', days(14), 'missed'],
  ] as const)('%s it is %s', (_title, ms, state) => {
    const dueAt = later(at, days(14));
    expect(followUpOf(left, emergency, later(at, ms as never))).toEqual({ dueAt, state, by: null });
  });

  test('where a state says so, within its days', () => {
    const demand = demandOf('emergency');
    const issuer = demand.issuer === null ? null : { ...demand.issuer, jurisdiction: 'US-CA' };
    const rule = overlaid(emergency, stateOverlays, { ...demand, issuer });
    expect(followUpOf(left, rule, later(at, days(3)))?.state).toBe('missed');
    expect(rule.basis.map(({ cite }) => cite)).toContain('California Penal Code 1546.1(h)');
  });

  test('late or not, once it came it came', () => {
    const came = { ...left, followedBy: ulid(3) };
    expect(followUpOf(came, emergency, later(at, days(400)))).toMatchObject({
      state: 'came',
      by: ulid(3),
    });
  });

  test.each<[string, ProcessId, boolean]>([
    ['nothing has left', 'emergency', false],
    ['it was a warrant', 'search-warrant', true],
  ])('nothing has to where %s', (_title, process, hasLeft) => {
    const matter = { disclosedAt: hasLeft ? at : null, followedBy: null };
    expect(followUpOf(matter, ruleOf(process), later(at, days(99)))).toBeNull();
  });
});

describe('what follows an emergency [LEG-2]', () => {
  const demand = demandOf('emergency');
  const released = { ...noneOfAny, content: 1 };
  const before = { demand, items: { released, withheld: noneOfAny } };
  const { scope } = demand;
  const gate = { by: 'device', thing: thingNameSchema.parse('gate') } as const;
  const fault = (process: ProcessId, wanted: Partial<typeof scope> = {}) => {
    const facts = caseOf(process, { scope: { ...scope, ...wanted } });
    return followUpFault(before, facts.demand, facts.rule, legalOf('ring-2019'));
  };
  const porch = { by: 'device', thing: thingNameSchema.parse('porch') } as const;
  const porchOf = (account: Ulid) => ({ ...porch, by: 'device-of-account', account }) as const;
  const whole = (account: Ulid) => ({ by: 'account', account }) as const;

  test.each<[string, ProcessId, Partial<typeof scope>, string | null]>([
    ['a warrant for the same', 'search-warrant', {}, null],
    ['a wider one', 'search-warrant', { subjects: [...scope.subjects, gate], to: null }, null],
    ['a subpoena', 'grand-jury-subpoena', {}, 'gives no content'],
    ['one for another device', 'search-warrant', { subjects: [gate] }, 'does not name all'],
    [
      'one that begins later',
      'search-warrant',
      { from: later(scope.from ?? at, hours(1)) },
      'time range is shorter',
    ],
    [
      'one that ends sooner',
      'search-warrant',
      { to: later(scope.to ?? at, hours(-1)) },
      'time range is shorter',
    ],
  ])('%s: %s, %j', (_title, process, wanted, expected) => {
    const found = fault(process, wanted);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });

  test.each([
    ['a device by itself', porch, porch, true],
    ['a device of an account, by its name alone', porchOf(ulid(1)), porch, true],
    ['a device of an account, by the account', porchOf(ulid(1)), whole(ulid(1)), true],
    ['a device of another account', porchOf(ulid(1)), porchOf(ulid(2)), false],
    ['a device by itself, of one account only', porch, porchOf(ulid(1)), false],
    ['an account, by one of its devices', whole(ulid(1)), porchOf(ulid(1)), false],
    ['an account', whole(ulid(1)), whole(ulid(1)), true],
  ])('names what had left: %s', (_title, had, names, isNamed) => {
    const emergencyOf = { ...before, demand: { ...demand, scope: { ...scope, subjects: [had] } } };
    const facts = caseOf('search-warrant', { scope: { ...scope, subjects: [names] } });
    const found = followUpFault(emergencyOf, facts.demand, facts.rule, legalOf('ring-2019'));
    expect(found === null).toBe(isNamed);
  });
});
