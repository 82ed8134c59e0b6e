/** What a frame's regions amount to. */
import type { UptimeMs } from '../wire/time.ts';
import type { Observation, Region } from './observation.ts';
import { strongestFirst } from './regions.ts';

export function summarise(
  found: readonly Region[],
  at: UptimeMs,
  learning: boolean,
  changed: number,
): Observation {
  const regions = strongestFirst(found);
  const best = regions[0];
  const score = best?.score ?? 0;
  if (learning) {
    return { at, motion: false, score: 0, changed, regions: [], because: 'learning the picture' };
  }
  if (best === undefined) return { at, motion: false, score, changed, regions, because: 'quiet' };
  return { at, motion: score >= 1, score, changed, regions, because: best.because };
}
