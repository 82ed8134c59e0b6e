import { describe, expect, test } from 'vitest';
import {
  matchesTopic,
  mayPublish,
  maySubscribe,
} from '../../../../cloud-stub/backends/broker/topic-access.ts';
import { thingNamed } from '../../../support/cloud/clip-samples.ts';

const porch = thingNamed('porch');

describe('a doorbell named porch', () => {
  test.each([
    ['up/porch/event', true],
    ['up/porch/a/b/c', true],
    ['up/porch/', false],
    ['up/porch', false],
    ['up/porch2/event', false],
    ['up/yard/event', false],
    ['up/PORCH/event', false],
    ['up//porch/event', false],
    ['/up/porch/event', false],
    ['dn/porch/command', false],
    ['up/porch/+', false],
    ['up/porch/#', false],
    ['$aws/things/porch/shadow/update', false],
    ['$SYS/x', false],
    ['', false],
  ])('publishing to %j: %j', (topic, allowed) => {
    expect(mayPublish(porch, topic)).toBe(allowed);
  });

  test.each([
    ['dn/porch/command', true],
    ['dn/porch/clip/+/ack', true],
    ['dn/porch/#', true],
    ['dn/porch/', false],
    ['dn/porch', false],
    ['dn/porch2/#', false],
    ['dn/yard/command', false],
    ['dn/+/command', false],
    ['dn/#', false],
    ['+/porch/command', false],
    ['#', false],
    ['up/porch/event', false],
    ['$share/g/dn/porch/command', false],
    ['$SYS/#', false],
  ])('subscribing to %j: %j', (filter, allowed) => {
    expect(maySubscribe(porch, filter)).toBe(allowed);
  });
});

test.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a', false],
  ['a/+', 'a/b/c', false],
  ['a/#', 'a/b', true],
  ['a/#', 'a/b/c', true],
  ['#', 'a', true],
  ['a/+/c', 'a/b/c', true],
  ['a/b', 'a/b/c', false],
])('%s matches %s: %j, on every broker', (filter, topic, matches) => {
  expect([matchesTopic(filter, topic, true), matchesTopic(filter, topic, false)]).toEqual([
    matches,
    matches,
  ]);
});

test('a/# matches its parent a by MQTT, not by AWS IoT Core', () => {
  expect([matchesTopic('a/#', 'a', true), matchesTopic('a/#', 'a', false)]).toEqual([true, false]);
});
