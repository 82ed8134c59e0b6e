import { describe, expect, test } from 'vitest';
import type { Scope, Subject } from '../../../cloud-stub/custody/holds-scope.ts';
import { type Ownership, placeInScope, type RecordItem } from '../../../cloud-stub/legal/scope.ts';
import { days, hours, later, milliseconds } from '../../../device/wire/time.ts';
import { clipOf, from, garage, neighbour, owner, porch, to } from './demand-samples.ts';

const accountNamed: Subject = { by: 'account', account: owner };
const deviceNamed: Subject = { by: 'device', thing: porch };
const bothNamed: Subject = { by: 'device-of-account', thing: porch, account: owner };
const scopeOf = (...subjects: readonly Subject[]): Scope => ({ subjects, from, to });

const always: Ownership = {
  thing: porch,
  account: owner,
  fromAt: later(from, days(-99)),
  untilAt: null,
};
const soldAt = later(from, hours(3));
const sold: readonly Ownership[] = [
  { ...always, untilAt: soldAt },
  { ...always, account: neighbour, fromAt: soldAt },
];

const subscriber: RecordItem = { key: 's', class: 'subscriber', account: owner, field: 'name' };
const deviceRecord: RecordItem = {
  key: 'd',
  class: 'non-content',
  account: owner,
  thing: porch,
  at: later(from, hours(1)),
};
const loginRecord: RecordItem = { ...deviceRecord, key: 'l', thing: null };
const starting = (ms: number) => {
  const at = later(from, milliseconds(ms));
  return clipOf(1, { earliestAt: at, latestAt: at });
};
const rangeMs = to - from;

describe('what a demand reaches [LEG-4]', () => {
  test.each<[string, RecordItem, Scope, readonly Ownership[], boolean | string, boolean?]>([
    ['a clip of the account', clipOf(1), scopeOf(accountNamed), [always], true],
    ['a clip of the device', clipOf(1), scopeOf(deviceNamed), [always], true],
    ['a clip of the device of the account', clipOf(1), scopeOf(bothNamed), [always], true],
    ["another device's", clipOf(1, { thing: garage }), scopeOf(deviceNamed), [always], 'not-named'],
    [
      "another account's",
      clipOf(1, { account: neighbour }),
      scopeOf(accountNamed),
      [always],
      'not-named',
    ],
    [
      'the account, another device',
      clipOf(1, { thing: garage }),
      scopeOf(bothNamed),
      [],
      'not-named',
    ],
    ['nobody is named', clipOf(1), scopeOf(), [always], 'not-named'],
    ["nobody's clip", clipOf(1, { account: null }), scopeOf(deviceNamed), [always], 'no-owner'],
    [
      "nobody's clip, an account named",
      clipOf(1, { account: null }),
      scopeOf(accountNamed),
      [],
      'not-named',
    ],
    ['a device that changed hands', clipOf(1), scopeOf(deviceNamed), sold, 'several-owners'],
    ['the same, its owner named too', clipOf(1), scopeOf(bothNamed), sold, true],
    ['the same, its owner named beside', clipOf(1), scopeOf(deviceNamed, accountNamed), sold, true],
    [
      'a device that changed hands before the range',
      clipOf(1),
      scopeOf(deviceNamed),
      [
        { ...always, account: neighbour, untilAt: from },
        { ...always, fromAt: from },
      ],
      true,
    ],
    [
      "the device's clip of an owner before the range, across its edge",
      clipOf(1, { account: neighbour }),
      scopeOf(deviceNamed),
      [always],
      'not-named',
    ],
    ['whole at the beginning', starting(0), scopeOf(accountNamed), [], true, false],
    ['across the beginning', starting(-1), scopeOf(accountNamed), [], true, true],
    ['over before it', starting(-20_000), scopeOf(accountNamed), [], 'outside-time'],
    ['across the end', starting(rangeMs - 1), scopeOf(accountNamed), [], true, true],
    ['begun at the end', starting(rangeMs), scopeOf(accountNamed), [], 'outside-time'],
    [
      'of unknown time',
      clipOf(1, { earliestAt: null }),
      scopeOf(accountNamed),
      [],
      'time-uncertain',
    ],
    [
      'out of the range, whoever owned it',
      starting(rangeMs),
      scopeOf(deviceNamed),
      sold,
      'outside-time',
    ],
    ['subscriber information of the account', subscriber, scopeOf(accountNamed), [], true],
    ["of the device's owner", subscriber, scopeOf(deviceNamed), [always], true],
    ['of a device that changed hands', subscriber, scopeOf(deviceNamed), sold, 'several-owners'],
    [
      "of the device's owner before",
      subscriber,
      scopeOf(deviceNamed),
      [{ ...always, untilAt: from }],
      'not-named',
    ],
    [
      "of another's device",
      subscriber,
      scopeOf({ by: 'device', thing: garage }),
      [always],
      'not-named',
    ],
    ['a record of the device', deviceRecord, scopeOf(deviceNamed), [always], true],
    [
      'a record of the account, by a device',
      loginRecord,
      scopeOf(deviceNamed),
      [always],
      'not-named',
    ],
    [
      'a record of the account, by it and a device',
      loginRecord,
      scopeOf(bothNamed),
      [],
      'not-named',
    ],
    ['a record of the account', loginRecord, scopeOf(accountNamed), [], true],
    ['a record at the end', { ...loginRecord, at: to }, scopeOf(accountNamed), [], 'outside-time'],
  ])('%s', (_title, item, scope, ownerships, expected, edge) => {
    const placement = placeInScope(item, scope, ownerships);
    expect(placement.within === true || placement.because).toBe(expected);
    if (edge !== undefined) expect(placement).toEqual({ within: true, edge });
  });
});
