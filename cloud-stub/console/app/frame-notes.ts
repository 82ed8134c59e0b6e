/** What the detector saw in a live picture, as the doorbell wrote it into the JPEG's comment. */

export type Region = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** From 1 on it is motion; below it is only watched. */
  readonly score: number;
};

/** None when there is no comment of ours. */
export function regionsIn(jpeg: Uint8Array): readonly Region[] {
  for (const text of commentsOf(jpeg)) {
    try {
      const note: unknown = JSON.parse(text);
      if (typeof note !== 'object' || note === null || !('regions' in note)) continue;
      const { regions } = note;
      if (Array.isArray(regions)) return regions.flatMap(regionOf);
    } catch {
      // Encoders leave their names in comments.
    }
  }
  return [];
}

function regionOf(flat: unknown): Region[] {
  if (!Array.isArray(flat) || !flat.every((n) => typeof n === 'number')) return [];
  const [x, y, width, height, score = 1] = flat as number[];
  return x === undefined || y === undefined || width === undefined || height === undefined
    ? []
    : [{ x, y, width, height, score }];
}

/** The comment segments (FF FE) before the picture's data begins (FF DA). */
function commentsOf(jpeg: Uint8Array): string[] {
  const comments: string[] = [];
  let at = 2;
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== 0xda) {
    const length = ((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0);
    if (jpeg[at + 1] === 0xfe) {
      comments.push(new TextDecoder().decode(jpeg.subarray(at + 4, at + 2 + length)));
    }
    at += 2 + Math.max(2, length);
  }
  return comments;
}
