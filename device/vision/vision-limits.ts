/** Every limit of the motion detector, in one place. */
export const visionLimits = {
  widthPxMin: 16,
  heightPxMin: 16,
  /** Keeps a detector under 2 MiB: 320 x 256. */
  pixelsMax: 81_920,
  zonesMax: 16, // bits of a cell in ZoneMap
  polygonPointsMax: 64,
  componentsMax: 512,
  regionsMax: 32,
  tracksMax: 48,
} as const;
