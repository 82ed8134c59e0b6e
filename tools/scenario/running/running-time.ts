/**
 * Time for doorbells here and a cloud in another process. It moves from timer to timer of the doorbells; after each
 * step the cloud is moved to the same instant, and whatever both have to say to each other is said before the next.
 */
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { openVirtualClock } from '../../../cloud-stub/backends/virtual-clock.ts';
import { epochMs, isoTime, milliseconds } from '../../../device/wire/time.ts';
import { type VirtualTime, virtualTimeOn } from '../../simulation/virtual-time.ts';
import type { CloudHttp } from './cloud-http.ts';

export type RunningTime = VirtualTime & {
  /** Something came from the cloud or went to it: for a moment time moves in small steps. */
  noteTraffic(): void;
  /** Asked each time the cloud has settled: resolves when what it had said by then is here. */
  beforeQuiet(heard: () => Promise<void>): void;
  /** Time does not move on before it settles. */
  waitFor<Result>(work: Promise<Result>): Promise<Result>;
};

/**
 * The cloud answers within this, by virtual time (a receipt waits 200 ms): as long as one may come, no step is longer,
 * or it would come hours late.
 */
const stepMs = milliseconds(100);
const stepsAfterTraffic = 10;
/** So often in a row nothing was said. */
const quietRounds = 3;
/** Simulated boards wait for nothing but promises and timers. */
const answerTurns = 2;
const clockSchema = z.looseObject({ now: z.iso.datetime() });

/** Begins when it is in the cloud. Throws CloudHttpError when its clock is not virtual. */
export async function startRunningTime(operator: CloudHttp): Promise<RunningTime> {
  const { now } = await operator.json(clockSchema, 'GET', '/clock');
  const clock = openVirtualClock(epochMs(Date.parse(now)));
  let traffic = 0;
  const hearing: (() => Promise<void>)[] = [];
  clock.onSettle(async () => {
    const before = traffic;
    const to = isoTime(clock.now());
    // Between its broker and its services the cloud counts nothing: the second time round that has had its turns too.
    for (let round = 0; round < quietRounds && traffic === before; round++) {
      // Answered when the cloud has settled: what it had to say by then is with its broker. Also where no time passes.
      await operator.json(clockSchema, 'POST', '/clock/advance', { to });
      await Promise.all(hearing.map((heard) => heard()));
      // Whoever heard something may answer.
      for (let turn = 0; turn < answerTurns; turn++) await setImmediate();
    }
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
    beforeQuiet: (heard) => void hearing.push(heard),
    waitFor: (work) => clock.work.track(work),
    noteTraffic() {
      traffic++;
      if (stepsLeft <= 0) step();
      stepsLeft = stepsAfterTraffic;
    },
  };
}
