/** Where the detector's arrays lie in memory: bound once, as they never move. One instance serves one detector. */

export let width: i32 = 0;
export let height: i32 = 0;
export let cellPx: i32 = 0;
export let columns: i32 = 0;
export let rows: i32 = 0;
export let columnOf: usize = 0;

export function bindGrid(
  widthPx: i32,
  heightPx: i32,
  pixelsOfCell: i32,
  cellsAcross: i32,
  columnOfAt: usize,
): void {
  width = widthPx;
  height = heightPx;
  cellPx = pixelsOfCell;
  columns = cellsAcross;
  rows = (heightPx + pixelsOfCell - 1) / pixelsOfCell;
  columnOf = columnOfAt;
}

export let mean: usize = 0;
export let background: usize = 0;
export let deviation: usize = 0;
export let threshold: usize = 0;
export let restless: usize = 0;
export let lowest: usize = 0;
export let highest: usize = 0;
export let recent: usize = 0;

export function bindPixels(
  meanAt: usize,
  backgroundAt: usize,
  deviationAt: usize,
  thresholdAt: usize,
  restlessAt: usize,
  lowestAt: usize,
  highestAt: usize,
  recentAt: usize,
): void {
  mean = meanAt;
  background = backgroundAt;
  deviation = deviationAt;
  threshold = thresholdAt;
  restless = restlessAt;
  lowest = lowestAt;
  highest = highestAt;
  recent = recentAt;
}

export let verdicts: usize = 0;
export let candidates: usize = 0;
export let candidateFrom: usize = 0;
export let candidateTo: usize = 0;

export function bindVerdicts(
  verdictsAt: usize,
  candidatesAt: usize,
  candidateFromAt: usize,
  candidateToAt: usize,
): void {
  verdicts = verdictsAt;
  candidates = candidatesAt;
  candidateFrom = candidateFromAt;
  candidateTo = candidateToAt;
}
