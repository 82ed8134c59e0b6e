/**
 * Who may send next, and when: the precedence of WIRE-4 and the limits of the link profile, as token buckets. The
 * buckets keep a little back that only a ding may use, so that no upload makes a visitor wait.
 */
import { limits } from '../wire/limits.ts';
import { type DurationMs, later, milliseconds, type UptimeMs } from '../wire/time.ts';

/** From the most urgent to the least. [WIRE-4] Live frames wait for the clip being recorded, not for older ones. */
export const precedence = ['ding', 'event', 'still', 'recording', 'frame', 'older'] as const;
export type Urgency = (typeof precedence)[number];

export type LinkProfile = 'aws' | 'open';

type Budget = { readonly perSecond: number; readonly capacity: number; readonly reserve: number };
export type LinkBudget = {
  readonly messages: Budget;
  readonly bytes: Budget;
  /** Messages published and not yet acknowledged by the broker. */
  readonly inFlightMax: number;
  readonly inFlightReserve: number;
};

const KiB = 1024;
/** What a message costs beside its payload: topic, packet header. */
const overheadBytesMax = 300;

/**
 * `aws`: in any second at most 60 + 19 messages, and 480 KiB/s in the long run (iot.md 1.1: 100 messages/s, 512
 * KiB/s, 100 unacknowledged). A null budget is no limit but the window.
 */
export const linkBudgets: { readonly [P in LinkProfile]: LinkBudget | null } = {
  aws: {
    messages: { perSecond: 60, capacity: 19, reserve: 4 },
    bytes: {
      perSecond: 480 * KiB,
      // A loop that wakes some 40 ms late, on a loaded machine, still sends at the whole rate.
      capacity: limits.chunkBytesMax + overheadBytesMax + 24 * KiB,
      reserve: 4 * KiB,
    },
    inFlightMax: 100,
    inFlightReserve: 8,
  },
  open: null,
};

export type SchedulerState = {
  readonly messages: number;
  readonly bytes: number;
  readonly filledAt: UptimeMs;
  readonly inFlight: number;
};

export function freshScheduler(profile: LinkProfile, at: UptimeMs): SchedulerState {
  const budget = linkBudgets[profile];
  return {
    messages: budget?.messages.capacity ?? 0,
    bytes: budget?.bytes.capacity ?? 0,
    filledAt: at,
    inFlight: 0,
  };
}

export type Verdict =
  | { readonly kind: 'send'; readonly state: SchedulerState }
  /** `until` is null when only an acknowledgement can help. */
  | { readonly kind: 'wait'; readonly until: UptimeMs | null; readonly because: string };

/** Whether a message of `payloadBytes` may go now. */
export function admit(
  before: SchedulerState,
  urgency: Urgency,
  payloadBytes: number,
  profile: LinkProfile,
  at: UptimeMs,
): Verdict {
  const budget = linkBudgets[profile];
  const state = refill(before, budget, at);
  if (budget === null) return { kind: 'send', state: { ...state, inFlight: state.inFlight + 1 } };
  const keep = urgency === 'ding' ? 0 : 1;
  if (state.inFlight >= budget.inFlightMax - keep * budget.inFlightReserve) {
    return { kind: 'wait', until: null, because: 'too much is unacknowledged' };
  }
  const cost = payloadBytes + overheadBytesMax;
  const waitMs = Math.max(
    waitFor(state.messages, 1 + keep * budget.messages.reserve, budget.messages),
    waitFor(state.bytes, cost + keep * budget.bytes.reserve, budget.bytes),
  );
  if (waitMs > 0) {
    return { kind: 'wait', until: later(at, milliseconds(waitMs)), because: 'the rate is used up' };
  }
  return {
    kind: 'send',
    state: {
      ...state,
      messages: state.messages - 1,
      bytes: state.bytes - cost,
      inFlight: state.inFlight + 1,
    },
  };
}

/** A message was acknowledged by the broker, or failed with its link. */
export const settled = (state: SchedulerState): SchedulerState => ({
  ...state,
  inFlight: Math.max(0, state.inFlight - 1),
});

/** The most urgent of several offers; the first among equals. */
export function mostUrgent<Offer extends { readonly urgency: Urgency }>(
  offers: readonly Offer[],
): Offer | null {
  for (const urgency of precedence) {
    const offer = offers.find((candidate) => candidate.urgency === urgency);
    if (offer !== undefined) return offer;
  }
  return null;
}

function refill(state: SchedulerState, budget: LinkBudget | null, at: UptimeMs): SchedulerState {
  const elapsedMs = Math.max(0, at - state.filledAt);
  if (budget === null) return { ...state, filledAt: at };
  const fill = (level: number, { capacity, perSecond }: Budget): number =>
    Math.min(capacity, level + (elapsedMs * perSecond) / 1000);
  return {
    ...state,
    messages: fill(state.messages, budget.messages),
    bytes: fill(state.bytes, budget.bytes),
    filledAt: at,
  };
}

function waitFor(level: number, wanted: number, budget: Budget): DurationMs {
  const missing = Math.min(wanted, budget.capacity) - level;
  return milliseconds(missing <= 0 ? 0 : Math.ceil((missing * 1000) / budget.perSecond));
}
