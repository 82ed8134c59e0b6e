/** Logs refused requests, at most so many in a window, and how many more there were. */
import type { EpochMs } from '../../device/wire/time.ts';
import { between } from '../../device/wire/time.ts';
import { apiLimits } from './limits.ts';

export class RefusalLog {
  readonly #now: () => EpochMs;
  #windowFrom: EpochMs | null = null;
  #logged = 0;
  #suppressed = 0;

  constructor(now: () => EpochMs) {
    this.#now = now;
  }

  /** Calls `write` unless the window is full; tells it how many were left out before. */
  note(write: (suppressed: number) => void): void {
    const now = this.#now();
    const isOver =
      this.#windowFrom === null ||
      Math.abs(between(this.#windowFrom, now)) >= apiLimits.refusalWindowMs;
    if (isOver) {
      this.#windowFrom = now;
      this.#logged = 0;
    }
    if (this.#logged >= apiLimits.refusalsPerWindowMax) {
      this.#suppressed += 1;
      return;
    }
    this.#logged += 1;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    write(suppressed);
  }
}
