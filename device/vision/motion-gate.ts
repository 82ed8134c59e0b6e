/** Turns what is seen frame by frame into `motion-began` and `motion-ended`. */
import { between, type DurationMs, later, type UptimeMs } from '../wire/time.ts';
import type { Observation } from './observation.ts';

export type GateSettings = {
  readonly minimumDurationMs: DurationMs;
  readonly endAfterMs: DurationMs;
  readonly cooldownMs: DurationMs;
};

export type GateState =
  | { readonly kind: 'quiet'; readonly armedAt: UptimeMs | null }
  /** Seen, not yet for the minimum duration. */
  | {
      readonly kind: 'rising';
      readonly since: UptimeMs;
      readonly lastAt: UptimeMs;
      readonly armedAt: UptimeMs | null;
    }
  | { readonly kind: 'moving'; readonly since: UptimeMs; readonly lastAt: UptimeMs };

export type GateEffect =
  | {
      readonly kind: 'motion-began';
      /** When the motion was first seen, which the minimum duration puts before now; not within the cooldown. */
      readonly at: UptimeMs;
      readonly because: string;
    }
  | {
      readonly kind: 'motion-ended';
      /** When motion was last seen. */
      readonly at: UptimeMs;
      readonly durationMs: DurationMs;
      readonly because: string;
    };

export type GateStep = { readonly state: GateState; readonly effects: readonly GateEffect[] };

export const quietGate: GateState = { kind: 'quiet', armedAt: null };

/**
 * A score that began an event must fall below this share of the threshold to let it end: motion that hovers around
 * the threshold is one event, not ten.
 */
const sustainShare = 0.5;

/** A gap of this length while rising starts the minimum duration anew. */
const risingGapMs = 400;

/** One observation through the gate. `armedAt` is the end of the cooldown: nothing begins before it. */
export function stepGate(
  state: GateState,
  observation: Pick<Observation, 'at' | 'motion' | 'score' | 'because'>,
  settings: GateSettings,
): GateStep {
  const { at, motion } = observation;
  if (state.kind === 'moving') {
    if (motion || observation.score >= sustainShare) {
      return { state: { ...state, lastAt: at }, effects: [] };
    }
    const quietMs = between(state.lastAt, at);
    if (quietMs < settings.endAfterMs) return { state, effects: [] };
    const ended: GateEffect = {
      kind: 'motion-ended',
      at: state.lastAt,
      durationMs: between(state.since, state.lastAt),
      because: `no motion for ${quietMs} ms`,
    };
    return { state: { kind: 'quiet', armedAt: later(at, settings.cooldownMs) }, effects: [ended] };
  }
  if (!motion) {
    const forgotten = state.kind === 'rising' && between(state.lastAt, at) > risingGapMs;
    return {
      state: forgotten ? { kind: 'quiet', armedAt: state.armedAt } : state,
      effects: [],
    };
  }
  const seenSince = state.kind === 'rising' ? state.since : at;
  const since = state.armedAt === null || seenSince > state.armedAt ? seenSince : state.armedAt;
  if (at < since || between(seenSince, at) < settings.minimumDurationMs) {
    return {
      state: { kind: 'rising', since: seenSince, lastAt: at, armedAt: state.armedAt },
      effects: [],
    };
  }
  return {
    state: { kind: 'moving', since, lastAt: at },
    effects: [{ kind: 'motion-began', at: since, because: observation.because }],
  };
}
