/**
 * Publishes that wait for their PUBACK. Neither MQTT library settles them when the connection is lost, so this does;
 * and one that waits too long shows that the connection is dead.
 */
import { type Clock, LinkError, type Timer } from '../board.ts';
import { limits } from './limits.ts';

type Pending = {
  readonly reject: (error: LinkError) => void;
  readonly sentAt: number;
};

export class PendingPublishes {
  readonly #clock: Clock;
  readonly #onOverdue: (because: string) => void;
  readonly #pending = new Set<Pending>();
  #watch: Timer | null = null;

  constructor(clock: Clock, onOverdue: (because: string) => void) {
    this.#clock = clock;
    this.#onOverdue = onOverdue;
  }

  /** Settles as `send` does, or with a LinkError when the link closes first. */
  track(send: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { reject, sentAt: this.#clock.uptime() };
      this.#pending.add(pending);
      this.#arm();
      send().then(
        () => {
          this.#pending.delete(pending);
          resolve();
        },
        (error: unknown) => {
          this.#pending.delete(pending);
          reject(linkError('publish failed', error));
        },
      );
    });
  }

  rejectAll(because: string): void {
    this.#watch?.cancel();
    this.#watch = null;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const { reject } of pending) reject(new LinkError(because));
  }

  /** One timer for all: they are sent in order, so the first is the oldest. */
  #arm(): void {
    if (this.#watch !== null) return;
    this.#watch = this.#clock.setTimer('puback-watch', limits.pubackMs, () => {
      this.#watch = null;
      const [oldest] = this.#pending;
      if (oldest === undefined) return;
      if (this.#clock.uptime() - oldest.sentAt < limits.pubackMs) this.#arm();
      else this.#onOverdue(`no PUBACK within ${limits.pubackMs / 1000} s`);
    });
  }
}

export function linkError(doing: string, cause: unknown): LinkError {
  if (cause instanceof LinkError) return cause;
  return new LinkError(`${doing}: ${reasonOf(cause)}`, { cause });
}

/** A host with several addresses fails with an error that has no message, only a code. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}
