/** The virtual clock, for operators: what time it is in the cloud, and moving it on. */
import { z } from 'zod';
import { between, isoTime } from '../../device/wire/time.ts';
import type { Clock } from '../ports.ts';
import type { ApiServer } from './api-context.ts';
import { apiLimits } from './limits.ts';
import { ProblemError, problemSchema, refusals } from './problems.ts';
import { instant, timeLength } from './requests.ts';

/** As backends/virtual-clock.ts makes it; a real clock has no such routes. [RET-8] */
export type MovableClock = Clock & {
  advance(length: ReturnType<typeof between>): Promise<{ readonly timersFired: number }>;
  waiting(): readonly string[];
};

const clockView = z
  .strictObject({
    now: z.string().describe('RFC 3339, UTC, milliseconds'),
    timersWaiting: z.int().min(0),
  })
  .meta({ id: 'Clock' });
const move = z
  .strictObject({ by: timeLength.optional(), to: instant.optional() })
  .refine(({ by, to }) => (by === undefined) !== (to === undefined), {
    error: 'expected either `by` or `to`',
  })
  .describe('how far time moves, or until when');

const tags = ['operations'];

export function addClockRoutes(server: ApiServer, clock: MovableClock): void {
  const view = () => ({ now: isoTime(clock.now()), timersWaiting: clock.waiting().length });

  server.get(
    '/clock',
    {
      schema: {
        tags,
        summary: 'What time it is in this cloud, whose clock stands still until it is moved',
        response: { 200: clockView, ...refusals },
      },
    },
    async () => view(),
  );

  server.post(
    '/clock/advance',
    {
      schema: {
        tags,
        summary: 'Move time on, from timer to timer; answered when it is there and all has settled',
        body: move,
        response: {
          200: clockView.extend({ timersFired: z.int().min(0) }).meta({ id: 'ClockAdvance' }),
          ...refusals,
          400: problemSchema,
        },
      },
    },
    async (request) => {
      const { by, to } = request.body;
      const length = by ?? (to === undefined ? null : between(clock.now(), to));
      if (length === null || length < 0) throw new ProblemError(400, 'time is never moved back');
      if (length > apiLimits.clockAdvanceMsMax) {
        throw new ProblemError(400, 'time is moved by at most a year in one request');
      }
      const { timersFired } = await clock.advance(length);
      return { ...view(), timersFired };
    },
  );
}
