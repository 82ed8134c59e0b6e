/** Angles by comparison instead of `atan2`, whose last bits differ between engines. */

/** tan of 5, 15, ... 85 degrees times 1024: the borders between steps of 10 degrees. */
const borders = [90, 274, 477, 717, 1024, 1462, 2196, 3822, 11705] as const;

/** Direction of (right, up) to the nearest 10 degrees, 0 to 350, counter-clockwise from the right; null at rest. */
export function directionDegOf(right: number, up: number): number | null {
  if (right === 0 && up === 0) return null;
  const across = Math.abs(right);
  const along = Math.abs(up);
  let steps = 0;
  while (steps < borders.length && along * 1024 > across * (borders[steps] ?? 0)) steps++;
  const acute = steps * 10;
  if (right >= 0) return up >= 0 ? acute : (360 - acute) % 360;
  return up >= 0 ? 180 - acute : 180 + acute;
}
