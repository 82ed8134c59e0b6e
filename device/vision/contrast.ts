/**
 * How far the background's brightness reaches, and by how much pictures are stretched: through fog, in a heat picture
 * or in the dark, a body differs from what is behind it by a few grey levels, and so does everything else.
 */

export type Contrast = {
  /** Where each brightness of the camera lies in the picture that is compared; null for where it was. */
  readonly table: Uint8Array | null;
  /**
   * Looks at the background, as stretched so far. Where the stretch changes: for each brightness so far, what it is
   * from now on.
   */
  step(background: Uint8Array, sinceMs: number): Uint8Array | null;
};

/** What is left out at either end, as a share of the picture: lamps, a window. */
const tailShare = 0.03;
/** By day, a background reaches over more grey levels than this; one that does not is stretched over so many. */
const reachMin = 75;
const stretchedReach = 160;
/** What reaches over less is a plain wall or a covered lens: what comes before it stands out as it is. */
const plainReach = 22;
/** Beyond this, noise and the codec's blocks are stretched more than bodies are. */
const gainMax = 4;
/** A stretch that is so much off is set anew. */
const offMax = 1.4;
/** A picture with nothing brighter is dark, and brightened so far, which leaves room for lamps. */
const darkMax = 90;
const brightened = 128;
const sampledEvery = 29;
const lookEveryMs = 1_000;

type Stretch = { readonly gain: number; readonly pedestal: number };
const unstretched: Stretch = { gain: 1, pedestal: 0 };

export function createContrast(): Contrast {
  const histogram = new Uint32Array(256);
  let stretch = unstretched;
  let table: Uint8Array | null = null;
  let waitedMs = 0;

  /** Returns the stretch before, where it changed. */
  function look(background: Uint8Array): Stretch | null {
    const before = stretch;
    const seen = reachOf(background, histogram);
    const low = seen.low / before.gain + before.pedestal;
    const high = seen.high / before.gain + before.pedestal;
    const wanted = stretchFor(low, high);
    if (wanted.gain <= before.gain * offMax && before.gain <= wanted.gain * offMax) return null;
    stretch = wanted;
    table = wanted === unstretched ? null : draw((level) => level, wanted);
    return before;
  }

  return {
    get table() {
      return table;
    },
    step(background, sinceMs) {
      waitedMs += sinceMs;
      if (waitedMs < lookEveryMs) return null;
      waitedMs = 0;
      const before = look(background);
      if (before === null) return null;
      return draw((level) => level / before.gain + before.pedestal, stretch);
    },
  };
}

/** Puts what a table says in the place of each pixel. */
export function translate(luma: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < luma.length; i++) luma[i] = table[luma[i] as number] as number;
}

/** Between which brightnesses all but the darkest and the brightest of the picture lie. */
function reachOf(picture: Uint8Array, histogram: Uint32Array): { low: number; high: number } {
  histogram.fill(0);
  let samples = 0;
  for (let i = 0; i < picture.length; i += sampledEvery, samples++) {
    const value = picture[i] as number;
    histogram[value] = (histogram[value] as number) + 1;
  }
  const tail = samples * tailShare;
  let low = 0;
  for (let seen = histogram[0] as number; seen <= tail; seen += histogram[++low] as number);
  let high = 255;
  for (let seen = histogram[255] as number; seen <= tail; seen += histogram[--high] as number);
  return { low, high };
}

/**
 * A veil adds to every brightness. A picture that is merely dark has none: there light is still a factor, which texture
 * is told by.
 */
function stretchFor(low: number, high: number): Stretch {
  const reach = high - low;
  if (reach >= reachMin || reach < plainReach) return unstretched;
  const gain = Math.min(gainMax, stretchedReach / reach);
  return high < darkMax
    ? { gain: Math.max(1, Math.min(gain, brightened / high)), pedestal: 0 }
    : { gain, pedestal: (low + high) / 2 - 128 / gain };
}

const draw = (cameraLevel: (level: number) => number, { gain, pedestal }: Stretch): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, level) =>
    Math.max(0, Math.min(255, Math.round((cameraLevel(level) - pedestal) * gain))),
  );
