/** How a doorbell stands. */
import { z } from 'zod';
import { compareValue } from '../step.ts';
import { defineExpectation } from './expectation.ts';

export const doorbellExpectation = defineExpectation(
  'doorbell',
  {
    doorbell: z.string(),
    spooled: z.int().min(0).optional().describe('clips that the cloud has not confirmed'),
    link: z.enum(['up', 'down']).optional(),
    boots: z.int().min(1).optional().describe('how often it was switched on'),
  },
  async ({ doorbells }, { doorbell, spooled, link, boots }) => {
    const state = doorbells.get(doorbell).state();
    return [
      ...compareValue('spooled', spooled, state?.spool.clips ?? null),
      ...compareValue('link', link, state?.link ?? 'down'),
      ...compareValue('boots', boots, state?.boot ?? null),
    ];
  },
);
