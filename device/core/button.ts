/**
 * From the raw edges of a bouncing contact to rings: the ding on the first edge, so that nothing waits for what
 * the finger does next; whether it was a short, double or long press follows as a detail.
 */
import { between, type DurationMs, later, milliseconds, type UptimeMs } from '../wire/time.ts';

export type Press = 'short' | 'double' | 'long';
type Level = 'pressed' | 'released';

export type ButtonSettings = {
  readonly debounceMs: DurationMs;
  /** Held at least this long is a long press. */
  readonly longPressMs: DurationMs;
  /** A second press at most this long after the first release makes a double press. */
  readonly doublePressGapMs: DurationMs;
};

export type ButtonState = {
  /** The level the firmware believes, and the one last seen on the wire. */
  readonly level: Level;
  readonly wire: Level;
  readonly lockedUntil: UptimeMs | null;
  readonly gesture: Gesture | null;
};
type Gesture = {
  readonly beganAt: UptimeMs;
  readonly presses: 1 | 2;
  readonly pressedAt: UptimeMs;
  readonly releasedAt: UptimeMs | null;
  /** What it was is settled; only the release is awaited. */
  readonly settled: boolean;
};

export type ButtonInput =
  | { readonly kind: 'edge'; readonly level: Level; readonly at: UptimeMs }
  | { readonly kind: 'tick'; readonly at: UptimeMs };

export type ButtonEffect =
  | { readonly kind: 'ding'; readonly at: UptimeMs }
  | {
      readonly kind: 'press';
      readonly press: Press;
      readonly at: UptimeMs;
      readonly heldMs: DurationMs;
    };

export type ButtonStep = { readonly state: ButtonState; readonly effects: readonly ButtonEffect[] };

export const restingButton: ButtonState = {
  level: 'released',
  wire: 'released',
  lockedUntil: null,
  gesture: null,
};

export function stepButton(
  state: ButtonState,
  input: ButtonInput,
  settings: ButtonSettings,
): ButtonStep {
  const before = settle(state, input.at, settings);
  const wire = input.kind === 'edge' ? input.level : before.state.wire;
  const after = accept({ ...before.state, wire }, input.at, settings);
  return { state: after.state, effects: [...before.effects, ...after.effects] };
}

/** When `stepButton` wants its next tick, null when nothing is pending. */
export function buttonWakeAt(state: ButtonState, settings: ButtonSettings): UptimeMs | null {
  const times: UptimeMs[] = [];
  if (state.wire !== state.level && state.lockedUntil !== null) times.push(state.lockedUntil);
  const gestureAt = gestureDeadline(state.gesture, settings);
  if (gestureAt !== null) times.push(gestureAt);
  return times.length === 0 ? null : (Math.min(...times) as UptimeMs);
}

function gestureDeadline(gesture: Gesture | null, settings: ButtonSettings): UptimeMs | null {
  if (gesture === null || gesture.settled) return null;
  return gesture.releasedAt === null
    ? later(gesture.pressedAt, settings.longPressMs)
    : later(gesture.releasedAt, settings.doublePressGapMs);
}

/** Takes the wire's level over, unless the contact may still be bouncing. */
function accept(state: ButtonState, at: UptimeMs, settings: ButtonSettings): ButtonStep {
  if (state.wire === state.level) return { state, effects: [] };
  if (state.lockedUntil !== null && at < state.lockedUntil) return { state, effects: [] };
  const locked = { ...state, level: state.wire, lockedUntil: later(at, settings.debounceMs) };
  return state.wire === 'pressed' ? pressed(locked, at) : released(locked, at, settings);
}

function pressed(state: ButtonState, at: UptimeMs): ButtonStep {
  const { gesture } = state;
  if (gesture === null || gesture.settled) {
    const began = { beganAt: at, presses: 1, pressedAt: at, releasedAt: null, settled: false };
    return { state: { ...state, gesture: began as Gesture }, effects: [{ kind: 'ding', at }] };
  }
  // The second press of a double press belongs to the ring that is already out.
  return {
    state: { ...state, gesture: { ...gesture, presses: 2, pressedAt: at, releasedAt: null } },
    effects: [],
  };
}

function released(state: ButtonState, at: UptimeMs, settings: ButtonSettings): ButtonStep {
  const { gesture } = state;
  if (gesture === null || gesture.settled)
    return { state: { ...state, gesture: null }, effects: [] };
  const heldMs = between(gesture.pressedAt, at);
  if (heldMs >= settings.longPressMs) return ended(state, gesture, 'long', heldMs);
  if (gesture.presses === 2) return ended(state, gesture, 'double', heldMs);
  return { state: { ...state, gesture: { ...gesture, releasedAt: at } }, effects: [] };
}

const ended = (
  state: ButtonState,
  gesture: Gesture,
  press: Press,
  heldMs: DurationMs,
): ButtonStep => ({
  state: { ...state, gesture: null },
  effects: [{ kind: 'press', press, at: gesture.beganAt, heldMs }],
});

/** What time alone decides: a press held long enough, or one that no second press followed. */
function settle(state: ButtonState, at: UptimeMs, settings: ButtonSettings): ButtonStep {
  const { gesture } = state;
  const deadline = gestureDeadline(gesture, settings);
  if (gesture === null || deadline === null || at < deadline) return { state, effects: [] };
  if (gesture.releasedAt !== null) {
    return ended(state, gesture, 'short', between(gesture.pressedAt, gesture.releasedAt));
  }
  return {
    state: { ...state, gesture: { ...gesture, settled: true } },
    effects: [
      {
        kind: 'press',
        press: 'long',
        at: gesture.beganAt,
        heldMs: milliseconds(at - gesture.pressedAt),
      },
    ],
  };
}
