/**
 * A lamp that looks into the lens: its light scatters in the glass and lies over what surrounds it, the same in all
 * directions and quickly weaker with distance. What has brightened around a newly saturated spot by no more than most
 * directions show at that distance is glare.
 */
import type { CellGrid } from './cell-grid.ts';
import type { Foreground } from './foreground.ts';
import type { Kernels } from './kernels.ts';
import type { PixelModel } from './pixel-model.ts';
import { saturated } from './tone-curve.ts';
import type { VisionMemory } from './vision-memory.ts';

export type Glare = {
  /** Takes glare out of the mask; returns the labels without the cells that this empties. */
  remove(
    foreground: Foreground,
    labels: Uint16Array,
    model: PixelModel,
    luma: Uint8Array,
  ): Uint16Array;
};

/** Rings around a lamp, half a cell apart. */
const rings = 12;
/** From one ring to the next glare keeps at most this much; a bright body keeps more. */
const keptMax = 0.81;
/** A lamp was this much darker before, in grey levels. */
const roseMin = 50;
/** A lamp is at most this wide, in cells; what is wider is a bright body. */
const lampCellsMax = 3;
const lampsMax = 4;
/** Within this of its middle the lamp is not told from its glare, and stays. */
const lampRings = 2;

/** Cosine and sine of an eighth of a turn, and of half that. */
const [diagonal, long, short] = [Math.SQRT1_2, 0.9239, 0.3827];
const directions = [
  [1, 0],
  [long, short],
  [diagonal, diagonal],
  [short, long],
].flatMap(([x = 0, y = 0]) => [
  [x, y],
  [-y, x],
  [-x, -y],
  [y, -x],
]);
/** Less than most directions show: elsewhere something else may have brightened too. */
const rank = Math.floor((directions.length * 3) / 8);

type Lamp = { left: number; right: number; top: number; bottom: number };

export function createGlare(
  grid: CellGrid,
  memory: VisionMemory,
  listCells: Kernels['listCells'],
): Glare {
  const { columns, cellPx, widthPx, heightPx } = grid;
  const stepPx = cellPx / 2;
  const countMin = Math.max(1, Math.floor((cellPx * cellPx) / 4));
  const reachPx = Math.floor(rings * stepPx);
  /** Glare by distance. */
  const profile = new Float64Array(rings + 1);
  const around = new Float64Array(directions.length);
  const list = memory.scratch().words(columns * grid.rows);
  const remaining = memory.words(columns * grid.rows);

  function findLamps({ strong }: Foreground, model: PixelModel, luma: Uint8Array): Lamp[] {
    const lamps: Lamp[] = [];
    const bright = listCells(strong, 1, list);
    for (let n = 0; n < bright; n++) {
      const cell = list[n] as number;
      const row = Math.floor(cell / columns);
      const left = (cell - row * columns) * cellPx;
      const bottom = Math.min(heightPx, (row + 1) * cellPx);
      const right = Math.min(widthPx, left + cellPx);
      for (let y = row * cellPx; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const i = y * widthPx + x;
          if ((luma[i] as number) < saturated) continue;
          if ((luma[i] as number) - (model.background[i] as number) < roseMin) continue;
          if (!gather(lamps, x, y)) return [];
        }
      }
    }
    return lamps.filter(
      (lamp) => Math.max(lamp.right - lamp.left, lamp.bottom - lamp.top) < lampCellsMax * cellPx,
    );
  }

  /** Adds a saturated pixel to the lamp that it touches, or begins another. False once there are too many. */
  function gather(lamps: Lamp[], x: number, y: number): boolean {
    const near = lamps.find(
      ({ left, right, top, bottom }) =>
        x >= left - cellPx && x <= right + cellPx && y >= top - cellPx && y <= bottom + cellPx,
    );
    if (near === undefined) {
      lamps.push({ left: x, right: x, top: y, bottom: y });
      return lamps.length <= lampsMax;
    }
    near.left = Math.min(near.left, x);
    near.right = Math.max(near.right, x);
    near.top = Math.min(near.top, y);
    near.bottom = Math.max(near.bottom, y);
    return true;
  }

  function measure(x: number, y: number, model: PixelModel, luma: Uint8Array): void {
    const { background } = model;
    const centre = y * widthPx + x;
    profile[0] = (luma[centre] as number) - (background[centre] as number);
    for (let ring = 1; ring <= rings; ring++) {
      let seen = 0;
      for (const [dx = 0, dy = 0] of directions) {
        const px = Math.round(x + dx * ring * stepPx);
        const py = Math.round(y + dy * ring * stepPx);
        if (px < 0 || py < 0 || px >= widthPx || py >= heightPx) continue;
        const i = py * widthPx + px;
        around[seen++] = (luma[i] as number) - (background[i] as number);
      }
      around.fill(Number.POSITIVE_INFINITY, seen);
      around.sort();
      const most = (profile[ring - 1] as number) * keptMax;
      profile[ring] = Math.max(0, Math.min(most, around[rank] as number));
    }
  }

  function erase(
    x: number,
    y: number,
    foreground: Foreground,
    model: PixelModel,
    luma: Uint8Array,
  ): void {
    const { mask, counts } = foreground;
    const { background, threshold } = model;
    const bottom = Math.min(heightPx - 1, y + reachPx);
    const right = Math.min(widthPx - 1, x + reachPx);
    for (let py = Math.max(0, y - reachPx); py <= bottom; py++) {
      const cellRow = Math.floor(py / cellPx) * columns;
      for (let px = Math.max(0, x - reachPx); px <= right; px++) {
        const i = py * widthPx + px;
        if (mask[i] === 0) continue;
        const difference = (luma[i] as number) - (background[i] as number);
        if (difference <= 0) continue;
        const squared = ((px - x) * (px - x) + (py - y) * (py - y)) / (stepPx * stepPx);
        if (squared < lampRings * lampRings) continue;
        if (difference > glareAt(squared) + (threshold[i] as number)) continue;
        mask[i] = 0;
        const cell = cellRow + (grid.columnOf[px] as number);
        const count = counts[cell] as number;
        if (count === 0) continue;
        counts[cell] = count - 1;
        if (count <= countMin) remaining[cell] = 0;
      }
    }
  }

  /** Between the rings, in proportion to the square of the distance. */
  function glareAt(squared: number): number {
    let ring = 0;
    while (ring < rings && (ring + 1) * (ring + 1) <= squared) ring++;
    if (ring === rings) return 0;
    const here = profile[ring] as number;
    const next = profile[ring + 1] as number;
    return here + ((next - here) * (squared - ring * ring)) / (2 * ring + 1);
  }

  return {
    remove(foreground, labels, model, luma) {
      const lamps = findLamps(foreground, model, luma);
      if (lamps.length === 0) return labels;
      remaining.set(labels);
      for (const { left, right, top, bottom } of lamps) {
        const x = (left + right) >> 1;
        const y = (top + bottom) >> 1;
        measure(x, y, model, luma);
        erase(x, y, foreground, model, luma);
      }
      return remaining;
    },
  };
}
