/** What the cloud itself goes through. */
import { z } from 'zod';
import { purgePoints } from '../../simulation/simulated-cloud.ts';
import { defineStep, type Step } from '../step.ts';

export const cloudSteps: readonly Step[] = [
  defineStep(
    'cloud',
    'The cloud is killed as by kill -9, started, or both; or it shall die inside the next purge.',
    z.union([
      z.enum(['kill', 'start', 'restart'], { error: 'expected kill, start or restart' }),
      z.strictObject({ 'kill-in-purge': z.enum(purgePoints) }),
    ]),
    async ({ server, time }, what) => {
      if (typeof what === 'object') return server.killInPurge(what['kill-in-purge']);
      if (what !== 'start') await server.kill();
      if (what !== 'kill') await server.start();
      await time.clock.settle();
    },
  ),
];
