/** A rate as a bucket of tokens: it fills at `perSecond` up to `burst`. Time is an argument. */
import { type DurationMs, milliseconds } from '../../../device/wire/time.ts';

export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #at: DurationMs;

  /** Full at `at`, a point on any clock that never steps. `perSecond` may be Infinity: no limit. */
  constructor(perSecond: number, burst: number, at: DurationMs) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = at;
  }

  /** Takes `count` tokens if they are there, else none. For what is discarded in excess. */
  tryTake(count: number, at: DurationMs): boolean {
    if (this.#perMs === Infinity) return true;
    this.#fill(at);
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /**
   * Takes `count` tokens, into debt if need be, and says how long the debt lasts. For what is
   * delayed in excess.
   */
  spend(count: number, at: DurationMs): DurationMs {
    if (this.#perMs === Infinity) return milliseconds(0);
    this.#fill(at);
    this.#tokens -= count;
    return milliseconds(this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs));
  }

  #fill(at: DurationMs): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (at - this.#at) * this.#perMs);
    this.#at = at;
  }
}
