/** What the cloud itself goes through. */
import { z } from 'zod';
import { defineStep, type Step } from '../step.ts';

export const cloudSteps: readonly Step[] = [
  defineStep(
    'cloud',
    'The cloud is killed as by kill -9, started, or both.',
    z.enum(['kill', 'start', 'restart']),
    async ({ server, time }, what) => {
      if (what !== 'start') await server.kill();
      if (what !== 'kill') await server.start();
      await time.clock.settle();
    },
  ),
];
