/** Cuts off a client that is silent for longer than it promised. MQTT 3.1.1 section 3.1.2.10. */
import { type DurationMs, milliseconds, seconds } from '../../../device/wire/time.ts';
import type { Clock, Timer } from '../../ports.ts';
import { keepAliveFactor } from './aws-profile.ts';

export type SilenceWatchOptions = {
  readonly clock: Clock;
  /** A client that is not being read from cannot be called silent. */
  readonly isExcused: () => boolean;
  readonly onSilent: (because: string) => void;
};

export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #heardAt: DurationMs;
  #allowed = milliseconds(0);
  #timer: Timer | null = null;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#heardAt = options.clock.monotonic();
  }

  heard(): void {
    this.#heardAt = this.#options.clock.monotonic();
  }

  /** Starts watching for a keep-alive interval in seconds; 0: never. */
  agree(interval: number): void {
    this.stop();
    this.#allowed = milliseconds(seconds(interval) * keepAliveFactor);
    if (interval > 0) this.#wait(this.#allowed);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(length: DurationMs): void {
    const { clock, isExcused, onSilent } = this.#options;
    this.#timer = clock.setTimer('broker-keep-alive', length, () => {
      const silent = milliseconds(clock.monotonic() - this.#heardAt);
      if (isExcused()) this.#wait(this.#allowed);
      else if (silent >= this.#allowed) onSilent(`silent for ${silent} ms`);
      else this.#wait(milliseconds(this.#allowed - silent));
    });
  }
}
