/** Zones and masks drawn onto the grid: which cells count, for which zone, and how sensitive each is. */
import type { CellGrid } from './cell-grid.ts';
import type { LightMode, MotionSettings, Polygon } from './motion-settings.ts';

export type ZoneMap = {
  /** Names of the include zones; bit n of `zoneBits` stands for `names[n]`. */
  readonly names: readonly string[];
  /** By cell. */
  readonly zoneBits: Uint16Array;
  /** By cell: 1 where motion counts. */
  readonly counted: Uint8Array;
  /** By cell: 1 to 10; the most sensitive zone wins. */
  readonly sensitivity: Readonly<Record<LightMode, Uint8Array>>;
  /** By pixel: 1 where nothing is looked at. */
  readonly masked: Uint8Array;
  readonly anyMasked: boolean;
};

/** `masked` is drawn anew, and part of what is returned. */
export function drawZones(settings: MotionSettings, grid: CellGrid, masked: Uint8Array): ZoneMap {
  const cells = grid.columns * grid.rows;
  const includes = settings.zones.filter((zone) => zone.kind === 'include');
  const excludes = settings.zones.filter((zone) => zone.kind === 'exclude');
  const zoneBits = new Uint16Array(cells);
  const counted = new Uint8Array(cells).fill(includes.length === 0 ? 1 : 0);
  const day = new Uint8Array(cells).fill(settings.sensitivity.day);
  const night = new Uint8Array(cells).fill(settings.sensitivity.night);

  includes.forEach((zone, index) => {
    const own = zone.sensitivity ?? settings.sensitivity;
    forEachCellInside(zone.polygon, grid, (cell) => {
      const first = zoneBits[cell] === 0;
      zoneBits[cell] = (zoneBits[cell] ?? 0) | (1 << index);
      counted[cell] = 1;
      day[cell] = first ? own.day : Math.max(day[cell] ?? 0, own.day);
      night[cell] = first ? own.night : Math.max(night[cell] ?? 0, own.night);
    });
  });
  for (const zone of excludes) {
    forEachCellInside(zone.polygon, grid, (cell) => {
      counted[cell] = 0;
    });
  }

  masked.fill(0);
  for (const polygon of settings.masks) {
    forEachPointInside(polygon, grid.widthPx, grid.heightPx, (pixel) => {
      masked[pixel] = 1;
    });
  }
  return {
    names: includes.map((zone) => zone.name),
    zoneBits,
    counted,
    sensitivity: { day, night },
    masked,
    anyMasked: settings.masks.length > 0,
  };
}

function forEachCellInside(polygon: Polygon, grid: CellGrid, act: (cell: number) => void): void {
  // The last column and row may reach over the picture's edge: cells keep their size, polygons are stretched to it.
  const columns = grid.widthPx / grid.cellPx;
  const rows = grid.heightPx / grid.cellPx;
  scan(polygon, columns, rows, grid.columns, grid.rows, act);
}

function forEachPointInside(
  polygon: Polygon,
  width: number,
  height: number,
  act: (index: number) => void,
): void {
  scan(polygon, width, height, width, height, act);
}

/** Even-odd fill: visits each grid point whose centre lies inside the polygon, scaled to `spanX` by `spanY`. */
function scan(
  polygon: Polygon,
  spanX: number,
  spanY: number,
  columns: number,
  rows: number,
  act: (index: number) => void,
): void {
  for (let row = 0; row < rows; row++) {
    const y = (row + 0.5) / spanY;
    const crossings = crossingsAt(polygon, y);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.ceil((crossings[pair] ?? 0) * spanX - 0.5));
      const to = Math.min(columns - 1, Math.ceil((crossings[pair + 1] ?? 0) * spanX - 0.5) - 1);
      for (let column = from; column <= to; column++) act(row * columns + column);
    }
  }
}

function crossingsAt(polygon: Polygon, y: number): number[] {
  const crossings: number[] = [];
  let previous = polygon[polygon.length - 1];
  for (const point of polygon) {
    if (previous !== undefined && previous.y > y !== point.y > y) {
      const along = (y - previous.y) / (point.y - previous.y);
      crossings.push(previous.x + along * (point.x - previous.x));
    }
    previous = point;
  }
  return crossings.sort((a, b) => a - b);
}
