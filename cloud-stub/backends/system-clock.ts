/** This machine's clocks. */
import { epochMs, milliseconds } from '../../device/wire/time.ts';
import type { Clock } from '../ports.ts';

/** Longer delays than setTimeout can take (24.8 days) are waited for in parts. */
const partMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => milliseconds(Math.floor(performance.now())),
  setTimer(_name, delay, act) {
    const dueMs = performance.now() + delay;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const leftMs = Math.max(0, dueMs - performance.now());
      timer = leftMs > partMsMax ? setTimeout(wait, partMsMax) : setTimeout(act, leftMs);
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  },
};
