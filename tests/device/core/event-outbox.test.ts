import { expect, test } from 'vitest';
import {
  type EventOutbox,
  emptyOutbox,
  eventsUnderWayMax,
  nextEvent,
  type OutboxInput,
  stepOutbox,
} from '../../../device/core/event-outbox.ts';
import type { DeviceEvent, EventKind } from '../../../device/wire/messages.ts';
import { uptimeMs } from '../../../device/wire/time.ts';

const event = (seq: number, kind: EventKind = 'health') => ({ seq, kind }) as DeviceEvent;
const play = (inputs: readonly OutboxInput[], at = 0): EventOutbox =>
  inputs.reduce((outbox, input) => stepOutbox(outbox, input, uptimeMs(at), 0.5), emptyOutbox);
const made = (...events: DeviceEvent[]): OutboxInput[] =>
  events.map((one) => ({ kind: 'made', event: one }));

test('a ding goes before what waited longer; all else by number [WIRE-4]', () => {
  let outbox = play(made(event(4), event(5), event(6, 'ding')));
  const order: number[] = [];
  for (let next = nextEvent(outbox); next !== null; next = nextEvent(outbox)) {
    order.push(next.seq);
    outbox = stepOutbox(outbox, { kind: 'sent', event: next }, uptimeMs(0), 0.5);
  }
  expect(order).toEqual([6, 4, 5]);
});

test('what is acknowledged leaves; what is not is sent again after 3 s [WIRE-10]', () => {
  const sent = [event(0), event(1)].map((one): OutboxInput => ({ kind: 'sent', event: one }));
  const outbox = play([...made(event(0), event(1)), ...sent, { kind: 'receipt', upTo: 0 }]);
  expect(nextEvent(outbox)).toBeNull();
  expect(outbox.repeatAt).toBe(3_000);
  const later = stepOutbox(outbox, { kind: 'tick' }, uptimeMs(3_000), 0.5);
  expect(nextEvent(later)?.seq).toBe(1);
});

test('a new link sends everything unacknowledged again', () => {
  const outbox = play([...made(event(0)), { kind: 'sent', event: event(0) }, { kind: 'link-up' }]);
  expect(nextEvent(outbox)?.seq).toBe(0);
});

test('a backlog goes out a few at a time, but a ding at once', () => {
  const events = Array.from({ length: eventsUnderWayMax + 5 }, (_, seq) => event(seq));
  const sent = events
    .slice(0, eventsUnderWayMax)
    .map((one): OutboxInput => ({ kind: 'sent', event: one }));
  expect(nextEvent(play([...made(...events), ...sent]))).toBeNull();
  expect(nextEvent(play([...made(...events, event(99, 'ding')), ...sent]))?.seq).toBe(99);
});
