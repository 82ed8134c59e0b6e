/**
 * Time for doorbells here and a cloud in another process. It moves from timer to timer of the doorbells; after each
 * step the cloud is moved to the same instant, and whatever both have to say to each other is said before the next.
 */
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { openVirtualClock } from '../../../cloud-stub/backends/virtual-clock.ts';
import { epochMs, isoTime, milliseconds } from '../../../device/wire/time.ts';
import { type VirtualTime, virtualTimeOn } from '../../simulation/virtual-time.ts';
import type { CloudHttp } from './cloud-http.ts';

export type RunningTime = VirtualTime & {
  /** Something came from the cloud or went to it: for a moment time moves in small steps. */
  noteTraffic(): void;
  /** Time does not move on before it settles. */
  waitFor<Result>(work: Promise<Result>): Promise<Result>;
};

/**
 * What the broker has is here within this, by this machine's clock, however busy the machine: nothing came for that
 * long, so nothing more is on its way.
 */
const quietMs = 40;
/**
 * The cloud answers within this, by virtual time (a receipt waits 200 ms): as long as one may come, no step is longer,
 * or it would come hours late.
 */
const stepMs = milliseconds(100);
const stepsAfterTraffic = 10;
const clockSchema = z.looseObject({ now: z.iso.datetime() });

/** Begins when it is in the cloud. Throws CloudHttpError when its clock is not virtual. */
export async function startRunningTime(operator: CloudHttp): Promise<RunningTime> {
  const { now } = await operator.json(clockSchema, 'GET', '/clock');
  const clock = openVirtualClock(epochMs(Date.parse(now)));
  let traffic = 0;
  clock.onSettle(async () => {
    const before = traffic;
    const to = isoTime(clock.now());
    // Answered when the cloud has settled: what it had to say by then is with its broker. Also where no time passes.
    await operator.json(clockSchema, 'POST', '/clock/advance', { to });
    await setTimeout(quietMs);
    return traffic === before;
  });
  let stepsLeft = 0;
  const step = (): void => {
    clock.setTimer('answers', stepMs, () => {
      stepsLeft--;
      if (stepsLeft > 0) step();
    });
  };
  return {
    ...virtualTimeOn(clock),
    waitFor: (work) => clock.work.track(work),
    noteTraffic() {
      traffic++;
      if (stepsLeft <= 0) step();
      stepsLeft = stepsAfterTraffic;
    },
  };
}
