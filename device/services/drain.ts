/** Waiting until the cloud has confirmed everything, or patience ends. */
import type { Clock } from '../board.ts';
import type { DurationMs } from '../wire/time.ts';
import type { Happenings } from './happenings.ts';
import type { Spool } from './spool.ts';

/** Resolves to whether everything was confirmed. */
export function drained(
  spool: Spool,
  happenings: Happenings,
  clock: Clock,
  patience: DurationMs,
): Promise<boolean> {
  const isDrained = (): boolean => {
    const { clips, events } = spool.state();
    return clips.length === 0 && events.length === 0;
  };
  if (isDrained()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (how: boolean): void => {
      timer.cancel();
      unsubscribe();
      resolve(how);
    };
    const timer = clock.setTimer('drained', patience, () => done(false));
    const unsubscribe = happenings.subscribe(({ kind }) => {
      if ((kind === 'clip-stored' || kind === 'events-acknowledged') && isDrained()) done(true);
    });
  });
}
