/**
 * Where clips begin and end. A pure machine over media time: fragments, triggers and motion carry their own time,
 * so that footage replayed faster than it happened is cut just the same.
 */
import type { TriggerKind } from '../wire/messages.ts';
import { between, type DurationMs, later, milliseconds, type UptimeMs } from '../wire/time.ts';
import {
  endOf,
  type FragmentRing,
  type PreRoll,
  preRollOf,
  pushFragment,
  type RecordedFragment,
  type RingLimits,
} from './fragment-ring.ts';

export type SegmenterSettings = {
  readonly preRollMs: DurationMs;
  readonly postRollMs: DurationMs;
  /** After a snapshot that found no clip running; pictures of nobody are kept short. */
  readonly snapshotPostRollMs: DurationMs;
  readonly maxLengthMs: DurationMs;
  readonly ring: RingLimits;
};

export type SegmenterState = {
  readonly ring: FragmentRing;
  readonly motion: boolean;
  readonly clip: RunningClip | null;
};
type RunningClip = {
  readonly startAt: UptimeMs;
  /** Media recorded so far ends here. */
  readonly endAt: UptimeMs;
  /** Recording goes on at least to here, and to here even past the maximum length. */
  readonly stopAt: UptimeMs;
  readonly ringStopAt: UptimeMs | null;
  readonly recorded: boolean;
};

export type SegmenterInput =
  | { readonly kind: 'stream-began' }
  | { readonly kind: 'fragment'; readonly fragment: RecordedFragment }
  | {
      readonly kind: 'trigger';
      readonly trigger: Exclude<TriggerKind, 'motion'>;
      readonly at: UptimeMs;
    }
  | { readonly kind: 'motion-began' | 'motion-ended'; readonly at: UptimeMs }
  /** Nothing can be recorded any more: the stream broke or ended, stalled, or the doorbell stops. */
  | { readonly kind: 'interrupted'; readonly because: string }
  /** The clip cannot be kept. Motion opens no other one before it begins anew; a ring does. */
  | { readonly kind: 'refused'; readonly because: string };

export type SegmenterEffect =
  | {
      readonly kind: 'open';
      readonly trigger: TriggerKind;
      readonly at: UptimeMs;
      readonly startAt: UptimeMs;
      readonly requestedMs: DurationMs;
      readonly preRoll: PreRoll;
    }
  | { readonly kind: 'add-trigger'; readonly trigger: TriggerKind; readonly at: UptimeMs }
  | { readonly kind: 'append'; readonly fragment: RecordedFragment }
  | {
      readonly kind: 'close';
      readonly because: 'post-roll over' | 'maximum length';
      readonly truncated: false;
    }
  | { readonly kind: 'close'; readonly because: string; readonly truncated: true };

export type SegmenterStep = {
  readonly state: SegmenterState;
  readonly effects: readonly SegmenterEffect[];
};

export const idleSegmenter: SegmenterState = { ring: [], motion: false, clip: null };

export function stepSegmenter(
  state: SegmenterState,
  input: SegmenterInput,
  settings: SegmenterSettings,
): SegmenterStep {
  switch (input.kind) {
    case 'stream-began':
      // Decode times begin anew, so nothing recorded before can stand in one clip with what follows. A clip that
      // still waits for its first picture gets it now.
      return state.clip?.recorded === false
        ? { state: { ...state, ring: [] }, effects: [] }
        : interrupt(state, 'the stream began anew');
    case 'interrupted':
      return interrupt(state, input.because);
    case 'refused':
      return interrupt({ ...state, motion: false }, input.because);
    case 'fragment':
      return record(state, input.fragment, settings);
    case 'trigger':
      return trigger(state, input.trigger, input.at, settings);
    case 'motion-began':
      return trigger({ ...state, motion: true }, 'motion', input.at, settings);
    case 'motion-ended': {
      const ended = { ...state, motion: false };
      return { state: extend(ended, 'motion', input.at, settings), effects: [] };
    }
  }
}

function interrupt(state: SegmenterState, because: string): SegmenterStep {
  return {
    state: { ...state, ring: [], clip: null },
    effects: state.clip === null ? [] : [{ kind: 'close', because, truncated: true }],
  };
}

function record(
  state: SegmenterState,
  fragment: RecordedFragment,
  settings: SegmenterSettings,
): SegmenterStep {
  const held = { ...state, ring: pushFragment(state.ring, fragment, settings.ring) };
  // Motion that outlived its clip (maximum length, a broken stream) goes on in a new one, without pre-roll: the
  // footage before it is in the clip before it.
  const opened =
    held.clip === null && held.motion && fragment.idr
      ? open(held, 'motion', fragment.at, milliseconds(0), settings)
      : null;
  if (opened !== null) return opened;
  const { clip } = held;
  if (clip === null) return { state: held, effects: [] };
  const grown = { ...clip, endAt: endOf(fragment), recorded: true };
  const append: SegmenterEffect = { kind: 'append', fragment };
  const because = endReason(grown, held.motion, settings);
  return because === null
    ? { state: { ...held, clip: grown }, effects: [append] }
    : {
        state: { ...held, clip: null },
        effects: [append, { kind: 'close', because, truncated: false }],
      };
}

function endReason(
  clip: RunningClip,
  motion: boolean,
  settings: SegmenterSettings,
): 'post-roll over' | 'maximum length' | null {
  const overlong = between(clip.startAt, clip.endAt) >= settings.maxLengthMs;
  // A ring near the maximum length still gets its whole post-roll.
  if (overlong && (clip.ringStopAt === null || clip.endAt >= clip.ringStopAt)) {
    return 'maximum length';
  }
  return !motion && clip.endAt >= clip.stopAt ? 'post-roll over' : null;
}

function trigger(
  state: SegmenterState,
  kind: TriggerKind,
  at: UptimeMs,
  settings: SegmenterSettings,
): SegmenterStep {
  const { clip } = state;
  if (clip === null) return open(state, kind, at, settings.preRollMs, settings);
  const overlong = between(clip.startAt, clip.endAt) >= settings.maxLengthMs;
  if (kind === 'ding' && overlong) {
    // Only the post-roll of an earlier ring keeps this clip going; it must not grow without bound.
    const next = open({ ...state, clip: null }, kind, at, settings.preRollMs, settings);
    const close: SegmenterEffect = { kind: 'close', because: 'maximum length', truncated: false };
    return { state: next.state, effects: [close, ...next.effects] };
  }
  return {
    state: extend(state, kind, at, settings),
    effects: [{ kind: 'add-trigger', trigger: kind, at }],
  };
}

function extend(
  state: SegmenterState,
  kind: TriggerKind,
  at: UptimeMs,
  settings: SegmenterSettings,
): SegmenterState {
  const { clip } = state;
  if (clip === null) return state;
  const stopAt = later(at, postRollOf(kind, settings));
  return {
    ...state,
    clip: {
      ...clip,
      stopAt: latest(clip.stopAt, stopAt),
      ringStopAt: kind === 'ding' ? latest(clip.ringStopAt ?? stopAt, stopAt) : clip.ringStopAt,
    },
  };
}

function open(
  state: SegmenterState,
  kind: TriggerKind,
  at: UptimeMs,
  requestedMs: DurationMs,
  settings: SegmenterSettings,
): SegmenterStep {
  const preRoll = preRollOf(state.ring, at, requestedMs);
  const startAt = preRoll.fragments[0]?.at ?? at;
  const last = preRoll.fragments.at(-1);
  const stopAt = later(at, postRollOf(kind, settings));
  const clip: RunningClip = {
    startAt,
    endAt: last === undefined ? startAt : endOf(last),
    stopAt,
    ringStopAt: kind === 'ding' ? stopAt : null,
    recorded: last !== undefined,
  };
  return {
    state: { ...state, clip },
    effects: [
      { kind: 'open', trigger: kind, at, startAt, requestedMs, preRoll },
      ...preRoll.fragments.map((fragment) => ({ kind: 'append' as const, fragment })),
    ],
  };
}

const postRollOf = (kind: TriggerKind, settings: SegmenterSettings): DurationMs =>
  kind === 'snapshot' || kind === 'command' ? settings.snapshotPostRollMs : settings.postRollMs;

const latest = (a: UptimeMs, b: UptimeMs): UptimeMs => (a > b ? a : b);
