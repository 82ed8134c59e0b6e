/** A word now and then about how the doorbell is. */
import type { Board, Timer } from '../board.ts';
import type { DeviceEvent } from '../wire/messages.ts';
import type { DurationMs } from '../wire/time.ts';
import type { Recorder } from './recorder.ts';
import type { Spool } from './spool.ts';

export type Health = { start(): void; configure(everyMs: DurationMs): void; stop(): void };

export function createHealth(
  clock: Board['clock'],
  recorder: Recorder,
  spool: Spool,
  describe: () => DeviceEvent['data'],
  initial: DurationMs,
): Health {
  let everyMs = initial;
  let timer: Timer | null = null;

  function arm(): void {
    timer?.cancel();
    timer = clock.setTimer('health', everyMs, () => {
      // One that the cloud has not taken yet says enough: days offline must not fill the spool with them.
      if (!spool.state().events.some(({ kind }) => kind === 'health')) {
        void recorder.note({ kind: 'health', at: clock.uptime(), data: describe() }, 'running');
      }
      arm();
    });
  }

  return {
    start: arm,
    configure(wanted) {
      if (wanted === everyMs) return;
      everyMs = wanted;
      arm();
    },
    stop: () => timer?.cancel(),
  };
}
