/**
 * The picture divided into square cells, about 80 across whatever its size. Everything that speaks of shapes -
 * regions, zones, texture - works on cells, so that its cost and its constants do not depend on the picture's size.
 */
export type CellGrid = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly cellPx: number;
  readonly columns: number;
  readonly rows: number;
  /** The cell column of each pixel column. */
  readonly columnOf: Uint16Array;
};

const columnsWanted = 80;

export function divideIntoCells(widthPx: number, heightPx: number): CellGrid {
  const cellPx = Math.max(2, Math.round(widthPx / columnsWanted));
  const columnOf = new Uint16Array(widthPx);
  for (let x = 0; x < widthPx; x++) columnOf[x] = Math.floor(x / cellPx);
  return {
    widthPx,
    heightPx,
    cellPx,
    columns: Math.ceil(widthPx / cellPx),
    rows: Math.ceil(heightPx / cellPx),
    columnOf,
  };
}

export function listCells(values: Uint8Array, atLeast: number, into: Uint16Array): number {
  let found = 0;
  for (let cell = 0; cell < values.length; cell++) {
    if ((values[cell] as number) >= atLeast) into[found++] = cell;
  }
  return found;
}
