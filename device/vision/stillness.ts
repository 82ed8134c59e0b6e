/**
 * When what stands still becomes background. A region in which nothing changes is inert. An inert region where the
 * picture suits its surroundings better than the background does is the ghost of something that left: released after
 * `ghostMs`; so is what appeared with a change of light and never stirred since. Any other inert region is a thing put
 * down: absorbed after `absorbMs`; or, if it arrived by itself, a car that parked or somebody who keeps quite still:
 * after `absorbArrivedMs`. A person who stands still is seldom inert for long; each stir winds the clock back.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';
import type { PixelModel } from './pixel-model.ts';
import { absorb } from './relighting.ts';
import type { Track } from './tracks.ts';

export type Stillness = {
  step(
    component: Component,
    track: Track,
    inert: boolean,
    /** It came with a change of light. */
    ofLight: boolean,
    sinceMs: number,
    labels: Uint16Array,
    foreground: Foreground,
    model: PixelModel,
    luma: Uint8Array,
  ): void;
  /** Cells that belong to no component forget. */
  forget(labels: Uint16Array): void;
};

const ghostMs = 700;
const absorbMs = 20_000;
const absorbArrivedMs = 60_000;
const largeShareMin = 1 / 6;

export function createStillness(grid: CellGrid, withGhosts: boolean): Stillness {
  const { columns, cellPx, widthPx, heightPx } = grid;
  const inertMs = new Uint16Array(columns * grid.rows);
  /** Who walked up and fills so much of the picture stands there, whatever a coat looks like beside the wall. */
  const largeMin = inertMs.length * largeShareMin;
  /** Whether any of them may be more than 0. */
  let remembered = false;

  function release(cell: number, model: PixelModel): void {
    const row = Math.floor(cell / columns);
    const column = cell - row * columns;
    const right = Math.min(widthPx, (column + 1) * cellPx);
    const bottom = Math.min(heightPx, (row + 1) * cellPx);
    for (let y = row * cellPx; y < bottom; y++) {
      for (let x = column * cellPx; x < right; x++) {
        absorb(model, y * widthPx + x);
      }
    }
    inertMs[cell] = 0;
  }

  return {
    step(component, track, inert, ofLight, sinceMs, labels, foreground, model, luma) {
      const ghost =
        inert &&
        withGhosts &&
        !(track.travelling && component.cells > largeMin) &&
        isGhost(component, foreground, model, luma, grid);
      // One verdict may err: it must last as long as the release takes.
      track.ghostMs = ghost ? track.ghostMs + sinceMs : 0;
      const released = (inert && ofLight && !track.arrived) || track.ghostMs >= ghostMs;
      const limit = released ? ghostMs : track.arrived ? absorbArrivedMs : absorbMs;
      for (let y = component.top; y <= component.bottom; y++) {
        for (let x = component.left; x <= component.right; x++) {
          const cell = y * columns + x;
          if (labels[cell] !== component.label) continue;
          const before = inertMs[cell] as number;
          const now = inert
            ? Math.min(0xffff, before + sinceMs)
            : Math.max(0, before - 2 * sinceMs);
          inertMs[cell] = now;
          remembered ||= now > 0;
          if (now >= limit) release(cell, model);
        }
      }
    },
    forget(labels) {
      if (!remembered) return;
      remembered = false;
      for (let cell = 0; cell < inertMs.length; cell++) {
        if (labels[cell] === 0) inertMs[cell] = 0;
        else if (inertMs[cell] !== 0) remembered = true;
      }
    },
  };
}

/**
 * Along the outline, which suits the surroundings better: the picture inside, or the background inside? Outside both
 * are the same by now. A thing that stands there differs from its surroundings; where one left, the background does.
 */
function isGhost(
  component: Component,
  foreground: Foreground,
  model: PixelModel,
  luma: Uint8Array,
  grid: CellGrid,
): boolean {
  const { mask } = foreground;
  const { background, widthPx, heightPx } = model;
  const left = Math.max(3, component.left * grid.cellPx);
  const right = Math.min(widthPx - 3, (component.right + 1) * grid.cellPx);
  const top = Math.max(3, component.top * grid.cellPx);
  const bottom = Math.min(heightPx - 3, (component.bottom + 1) * grid.cellPx);
  let ofPicture = 0;
  let ofBackground = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const i = y * widthPx + x;
      const step = mask[i] === 0 ? 0 : outward(mask, i, widthPx);
      // A gap that thin is a hole in the region, not its outline.
      if (step === 0 || mask[i + step * 3] !== 0) continue;
      const outside = luma[i + step * 3] as number;
      ofPicture += Math.abs((luma[i - step * 2] as number) - outside);
      ofBackground += Math.abs((background[i - step * 2] as number) - outside);
    }
  }
  return ofBackground * 4 > ofPicture * 5;
}

/** The step to the neighbour outside the mask; 0 within it. */
function outward(mask: Uint8Array, i: number, widthPx: number): number {
  if (mask[i - 1] === 0) return -1;
  if (mask[i + 1] === 0) return 1;
  if (mask[i - widthPx] === 0) return -widthPx;
  return mask[i + widthPx] === 0 ? widthPx : 0;
}
