/** This machine's clocks. */
import { epochMs, milliseconds } from '../../device/wire/time.ts';
import type { Clock } from '../ports.ts';

/** The most that setTimeout can wait for at once, 24.8 days; and what it waits for may end a millisecond early. */
const partMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => milliseconds(Math.floor(performance.now())),
  setTimer(_name, delay, act) {
    const dueMs = performance.now() + delay;
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const leftMs = Math.max(0, Math.ceil(dueMs - performance.now()));
      timer = setTimeout(awake, Math.min(leftMs, partMsMax));
    };
    const awake = (): void => (performance.now() < dueMs ? wait() : act());
    wait();
    return { cancel: () => clearTimeout(timer) };
  },
};
