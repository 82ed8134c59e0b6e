/** The share of the picture that flickers apart from what has been followed for a while: rain, snow, noise. */
import type { UptimeMs } from '../wire/time.ts';
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { Track } from './tracks.ts';

export type Flicker = {
  /** 0 to 1, over about the last two seconds. */
  readonly share: number;
  /** `candidates` in pixels; of these, what lies in lit cells is explained. */
  watch(
    followed: ReadonlyMap<Component, Track>,
    candidates: number,
    litCells: number,
    at: UptimeMs,
    sinceMs: number,
  ): void;
};

const followedMs = 1_000;

export function createFlicker({ widthPx, heightPx, cellPx }: CellGrid): Flicker {
  const all = widthPx * heightPx;
  let share = 0;
  return {
    get share() {
      return share;
    },
    watch(followed, candidates, litCells, at, sinceMs) {
      let known = litCells * cellPx * cellPx;
      for (const [component, track] of followed) {
        if (at - track.firstAt >= followedMs) known += component.areaPx;
      }
      const now = Math.max(0, candidates - known) / Math.max(all >> 3, all - known);
      share += (now - share) * (sinceMs / (2_000 + sinceMs));
    },
  };
}
