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

/** Nothing came or went for this long, by this machine's clock: nothing more is on its way. */
const quietMs = 25;
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
  let cloudAt = Date.parse(now);
  let traffic = 0;
  clock.onSettle(async () => {
    if (clock.now() > cloudAt) {
      const to = isoTime(clock.now());
      await operator.json(clockSchema, 'POST', '/clock/advance', { to });
      cloudAt = Date.parse(to);
    }
    const before = traffic;
    await setTimeout(quietMs);
    return traffic === before && clock.now() === cloudAt;
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
