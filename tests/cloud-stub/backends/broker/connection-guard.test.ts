import { expect, test } from 'vitest';
import {
  type Admission,
  ConnectionGuard,
} from '../../../../cloud-stub/backends/broker/connection-guard.ts';
import { milliseconds, seconds } from '../../../../device/wire/time.ts';
import { standingClock } from '../../../support/standing-clock.ts';

function guarded(more: object = {}) {
  const clock = standingClock();
  const limits = {
    connectionsMax: 10,
    connectionsPerAddressMax: 8,
    pendingMax: 6,
    pendingPerAddressMax: 4,
    connectDeadlineMs: seconds(10),
    ...more,
  };
  const guard = new ConnectionGuard(limits, clock);
  const cut: string[] = [];
  const arrive = (address: string, name: string): Admission | null => {
    const admission: Admission | null = guard.admit(address, (because) => {
      cut.push(`${name}: ${because}`);
      // As a socket does: it closes soon after.
      admission?.leave();
    });
    return admission;
  };
  return { guard, clock, cut, arrive };
}

test('a connection that never completes CONNECT is cut at its deadline', () => {
  const { clock, cut, arrive, guard } = guarded();
  arrive('a', 'first');
  clock.advance(milliseconds(4000));
  arrive('a', 'second');
  clock.advance(milliseconds(5999));
  expect(cut).toEqual([]);
  clock.advance(milliseconds(1));
  expect(cut).toEqual(['first: no CONNECT in time']);
  clock.advance(milliseconds(4000));
  expect(cut).toEqual(['first: no CONNECT in time', 'second: no CONNECT in time']);
  expect(guard.counts).toEqual({ open: 0, pending: 0 });
});

test('a connection that completed CONNECT has no deadline', () => {
  const { clock, cut, arrive } = guarded();
  arrive('a', 'doorbell')?.settle();
  clock.advance(seconds(3600));
  expect(cut).toEqual([]);
  expect(clock.waiting().length).toBeLessThanOrEqual(1);
});

test('an address that opens and leaves pushes out its own oldest connection', () => {
  const { cut, arrive } = guarded();
  arrive('good', 'doorbell');
  for (const name of ['1', '2', '3', '4', '5', '6']) arrive('bad', name);
  expect(cut).toEqual(['1: others need the room', '2: others need the room']);
});

test('when all are too many, the address with most of them makes room', () => {
  const { cut, arrive } = guarded();
  for (const name of ['1', '2', '3', '4']) arrive('bad', name);
  arrive('good', 'a');
  arrive('good', 'b');
  arrive('other', 'c');
  expect(cut).toEqual(['1: others need the room']);
});

test('connected clients are never pushed out: the newcomer is refused', () => {
  const { cut, arrive, guard } = guarded();
  for (let n = 0; n < 5; n++) arrive('a', `${n}`)?.settle();
  for (let n = 0; n < 5; n++) arrive('b', `${n}`)?.settle();
  expect(arrive('c', 'late')).toBeNull();
  expect(cut).toEqual([]);
  expect(guard.counts).toEqual({ open: 10, pending: 0 });
});

test('one address cannot take all connections', () => {
  const { arrive } = guarded();
  for (let n = 0; n < 8; n++) arrive('a', `${n}`)?.settle();
  expect(arrive('a', 'ninth')).toBeNull();
  expect(arrive('b', 'other')).not.toBeNull();
});

test('who leaves makes room, once', () => {
  const { arrive, guard } = guarded();
  const admission = arrive('a', 'x');
  admission?.leave();
  admission?.leave();
  expect(guard.counts).toEqual({ open: 0, pending: 0 });
});
