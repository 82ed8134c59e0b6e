/** What the detector saw in a live picture, as the doorbell wrote it into the JPEG's comment. */

export type Region = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** From 1 on it is motion; below it is only watched. */
  readonly score: number;
};

/** None when there is no comment, or not one of ours. */
export function regionsIn(jpeg: Uint8Array): readonly Region[] {
  const text = commentOf(jpeg);
  if (text === null) return [];
  try {
    const note: unknown = JSON.parse(text);
    if (typeof note !== 'object' || note === null || !('regions' in note)) return [];
    const { regions } = note;
    return Array.isArray(regions) ? regions.flatMap(regionOf) : [];
  } catch {
    return [];
  }
}

function regionOf(flat: unknown): Region[] {
  if (!Array.isArray(flat) || !flat.every((n) => typeof n === 'number')) return [];
  const [x, y, width, height, score] = flat as number[];
  if (x === undefined || y === undefined || width === undefined) return [];
  return height === undefined ? [] : [{ x, y, width, height, score: score ?? 1 }];
}

/** The first comment segment (FF FE) before the picture's data begins (FF DA). */
function commentOf(jpeg: Uint8Array): string | null {
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== 0xda) {
    const length = ((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0);
    if (jpeg[at + 1] === 0xfe) {
      return new TextDecoder().decode(jpeg.subarray(at + 4, at + 2 + length));
    }
    at += 2 + Math.max(2, length);
  }
  return null;
}
