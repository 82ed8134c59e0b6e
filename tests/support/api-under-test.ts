/** The HTTP API on a fake cloud, with a real clock, ready for requests. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { ApiOptions } from '../../cloud-stub/api/server.ts';
import type { Clock } from '../../cloud-stub/ports.ts';
import { epochMs, milliseconds } from '../../device/wire/time.ts';

export const wallClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => milliseconds(Math.round(performance.now())),
  setTimer: (_name, delay, act) => {
    const timer = setTimeout(act, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};

export const apiOptions = (rest: Partial<ApiOptions> = {}): ApiOptions => ({
  clock: wallClock,
  entropy: { bytes: (count) => randomBytes(count) },
  log: pino({ level: 'silent' }),
  version: '0.0.0-test',
  port: 0,
  ...rest,
});
