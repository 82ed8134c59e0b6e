/** Which event goes out next, and which again. Events are durable before they come here. [WIRE-10] */
import { limits } from '../wire/limits.ts';
import type { DeviceEvent } from '../wire/messages.ts';
import { later, type UptimeMs } from '../wire/time.ts';
import { repeatDelay } from './backoff.ts';

export type EventOutbox = {
  /** Unacknowledged, by `seq`, ascending. */
  readonly pending: readonly DeviceEvent[];
  readonly sent: ReadonlySet<number>;
  readonly attempts: number;
  readonly repeatAt: UptimeMs | null;
};

export type OutboxInput =
  | { readonly kind: 'made'; readonly event: DeviceEvent }
  | { readonly kind: 'sent'; readonly event: DeviceEvent }
  | { readonly kind: 'receipt'; readonly upTo: number }
  /** The link is new: nothing sent before counts. */
  | { readonly kind: 'link-up' }
  | { readonly kind: 'tick' };

/** Events under way at a time: a backlog of days must not flood the cloud's queue for this device. */
export const eventsUnderWayMax = 32;

export const emptyOutbox: EventOutbox = {
  pending: [],
  sent: new Set(),
  attempts: 0,
  repeatAt: null,
};

export function stepOutbox(
  outbox: EventOutbox,
  input: OutboxInput,
  at: UptimeMs,
  unit: number,
): EventOutbox {
  switch (input.kind) {
    case 'made':
      return { ...outbox, pending: [...outbox.pending, input.event] };
    case 'sent':
      return expecting({ ...outbox, sent: new Set(outbox.sent).add(input.event.seq) }, at, unit);
    case 'receipt': {
      const pending = outbox.pending.filter(({ seq }) => seq > input.upTo);
      const sent = new Set([...outbox.sent].filter((seq) => seq > input.upTo));
      const heard = { pending, sent, attempts: 0, repeatAt: null };
      return sent.size > 0 ? expecting(heard, at, unit) : heard;
    }
    case 'link-up':
      return { ...outbox, sent: new Set(), attempts: 0, repeatAt: null };
    case 'tick':
      return outbox.repeatAt !== null && at >= outbox.repeatAt
        ? { ...outbox, sent: new Set(), repeatAt: null }
        : outbox;
  }
}

/** The next event to send: a ding before all others, else by `seq`; null when there is none. [WIRE-4] */
export function nextEvent(outbox: EventOutbox): DeviceEvent | null {
  const unsent = outbox.pending.filter(({ seq }) => !outbox.sent.has(seq));
  const ding = unsent.find(({ kind }) => kind === 'ding');
  if (ding !== undefined) return ding;
  return outbox.sent.size < eventsUnderWayMax ? (unsent[0] ?? null) : null;
}

function expecting(outbox: EventOutbox, at: UptimeMs, unit: number): EventOutbox {
  if (outbox.repeatAt !== null) return outbox;
  const { initRetryMs, initRetryMsMax } = limits;
  const delay =
    outbox.attempts === 0
      ? initRetryMs
      : repeatDelay(initRetryMs, initRetryMsMax, outbox.attempts, unit);
  return { ...outbox, repeatAt: later(at, delay), attempts: outbox.attempts + 1 };
}
