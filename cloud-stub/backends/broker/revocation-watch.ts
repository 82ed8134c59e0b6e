/** Notices certificates that another process revoked. */
import type { DurationMs } from '../../../device/wire/time.ts';
import type { Clock, Timer } from '../../ports.ts';
import type { Pki } from '../pki/pki.ts';
import type { BrokerLog } from './broker.ts';

/** Looks every `interval` until cancelled, and calls `onLooked` after each look. */
export function watchRevocations(
  pki: Pki,
  { clock, interval, log }: { clock: Clock; interval: DurationMs; log: BrokerLog },
  onLooked: () => void,
): Timer {
  let cancelled = false;
  let timer: Timer | null = null;
  const wait = () => {
    if (!cancelled) timer = clock.setTimer('broker-revocations', interval, look);
  };
  const look = () => {
    pki
      .refresh()
      .then(onLooked)
      .catch((error: unknown) => log.warn({ error }, 'the revocations could not be read'))
      .finally(wait);
  };
  wait();
  return {
    cancel: () => {
      cancelled = true;
      timer?.cancel();
    },
  };
}
