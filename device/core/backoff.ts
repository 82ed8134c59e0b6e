/** When to try again: exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015). */
import { type DurationMs, milliseconds } from '../wire/time.ts';

export type Backoff = {
  /** No delay is shorter: a broker may forbid quicker attempts. */
  readonly floorMs: DurationMs;
  /** What the first delay may have on top of that; each further one up to twice as much. */
  readonly baseMs: DurationMs;
  readonly capMs: DurationMs;
};

/** The delay before attempt `attempt` (0 is the first retry). `unit` is a random number, 0 inclusive to 1 exclusive. */
export function backoffDelay(backoff: Backoff, attempt: number, unit: number): DurationMs {
  // Beyond 2^30 the doubling says nothing any more, and must not overflow.
  const widest = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt, 30));
  return milliseconds(backoff.floorMs + Math.round(widest * unit));
}

/** The doubling delay of WIRE-2 with its jitter: between half and the whole of `baseMs` * 2^attempt, capped. */
export function repeatDelay(
  baseMs: DurationMs,
  capMs: DurationMs,
  attempt: number,
  unit: number,
): DurationMs {
  const whole = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
  return milliseconds(Math.round(whole * (0.5 + unit / 2)));
}

/** A random number from 0 inclusive to 1 exclusive, from four random bytes. */
export function unitInterval(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0) / 2 ** 32;
}
