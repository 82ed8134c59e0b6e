import { describe, expect, test } from 'vitest';
import {
  type Modification,
  modificationFault,
  modified,
} from '../../../cloud-stub/legal/order-motions.ts';
import { processIds } from '../../../cloud-stub/legal/process-rules.ts';
import { thingNameSchema } from '../../../device/wire/ids.ts';
import { hours, later } from '../../../device/wire/time.ts';
import { demandOf, receivedAt, ruleOf } from './demand-samples.ts';

const demand = demandOf('court-order-2703d', { classes: ['subscriber', 'non-content'] });
const { scope } = demand;
const from = scope.from ?? receivedAt;
const to = scope.to ?? receivedAt;
const gate = { by: 'device', thing: thingNameSchema.parse('gate') } as const;

describe('a court that modifies an order narrows it: 18 USC 2703(d) [LEG-1]', () => {
  test.each<[string, Modification, string | null]>([
    ['a later beginning', { from: later(from, hours(1)) }, null],
    ['an earlier end', { to: later(to, hours(-1)) }, null],
    ['fewer classes', { classes: ['subscriber'] }, null],
    ['the same devices', { subjects: scope.subjects }, null],
    ['nothing', {}, 'changes nothing'],
    ['an earlier beginning', { from: later(from, hours(-1)) }, 'beyond the time'],
    ['a later end', { to: later(to, hours(1)) }, 'beyond the time'],
    ['a time that ends before it begins', { from: to, to: from }, 'ends before it begins'],
    ['another class', { classes: ['content'] }, 'class that was not asked for'],
    ['no class', { classes: [] }, 'class that was not asked for'],
    ['another device', { subjects: [gate] }, 'what the demand does not'],
    ['no device', { subjects: [] }, 'or nothing'],
  ])('%s: %j', (_title, by, expected) => {
    const fault = modificationFault(demand, by);
    if (expected === null) expect(fault).toBeNull();
    else expect(fault).toContain(expected);
  });

  test('and leaves all else of it as it was', () => {
    const narrowed = modified(demand, { to: later(to, hours(-1)), classes: ['subscriber'] });
    expect(narrowed).toEqual({
      ...{ ...demand, classes: ['subscriber'], standing: 'open' },
      scope: { ...scope, to: later(to, hours(-1)) },
    });
  });
});

test('a motion lies where the law names a ground, and nowhere else [LEG-1]', () => {
  const grounds = processIds.flatMap((process) => {
    const { motions } = ruleOf(process);
    return motions.length === 0 ? [] : [[process, ...motions]];
  });
  expect(grounds).toEqual([
    ['grand-jury-subpoena', 'unreasonable-or-oppressive'],
    ['trial-subpoena', 'unreasonable-or-oppressive'],
    ['court-order-2703d', 'unusually-voluminous', 'undue-burden'],
  ]);
});
