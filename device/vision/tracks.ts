/** Follows components from frame to frame: what lasts is motion, what flashes up once is rain or an insect. */
import type { DurationMs, UptimeMs } from '../wire/time.ts';
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import { visionLimits } from './vision-limits.ts';

export type Track = {
  readonly id: number;
  readonly firstAt: UptimeMs;
  lastAt: UptimeMs;
  /** Frames in which it was seen. */
  seen: number;
  component: Component;
  /** Centre in 1/256 cells. */
  x: number;
  y: number;
  /** Velocity in 1/256 cells a second, smoothed. */
  vx: number;
  vy: number;
  /** Where it was first seen, in 1/256 cells. */
  readonly fromX: number;
  readonly fromY: number;
  /** How far its centre went, step by step, in 1/256 cells. */
  path: number;
  /** It went somewhere, and by a fairly straight way: not a branch in the wind. */
  travelling: boolean;
  /**
   * It came as a whole, by itself: somebody, or a car. What was put down, left behind or uncovered never arrived, and
   * of two that part, or of what became another size at once, nobody knows until it has travelled anew.
   */
  arrived: boolean;
  /** Where it was when that was last unknown, in 1/256 cells. */
  unknownX: number;
  unknownY: number;
  /** Last time something inside it changed from one moment to the next. */
  activeAt: UptimeMs | null;
  /** For how long it has looked like the ghost of something that left. */
  ghostMs: number;
  /** For how long yet it counts as something on the lens. */
  guestMs: number;
};

export type TrackBook = {
  /** Matches each component to a track, or starts one. */
  follow(
    components: readonly Component[],
    at: UptimeMs,
    sinceMs: DurationMs,
  ): Map<Component, Track>;
};

export function createTrackBook(grid: CellGrid, withArrivals: boolean): TrackBook {
  let tracks: Track[] = [];
  let nextId = 1;

  /** A piece that broke off something known is as old as that. */
  function start(component: Component, at: UptimeMs, whole?: Track): Track {
    const track: Track = {
      id: nextId++,
      firstAt: whole?.firstAt ?? at,
      lastAt: at,
      seen: whole?.seen ?? 1,
      component,
      x: centreX(component),
      y: centreY(component),
      vx: 0,
      vy: 0,
      fromX: centreX(component),
      fromY: centreY(component),
      path: 0,
      travelling: false,
      arrived: false,
      unknownX: centreX(component),
      unknownY: centreY(component),
      activeAt: whole?.activeAt ?? null,
      ghostMs: 0,
      guestMs: whole?.guestMs ?? 0,
    };
    tracks.push(track);
    return track;
  }

  return {
    follow(components, at, sinceMs) {
      // Two frames unseen is gone: flakes and drops far apart in time are not one thing.
      const forgetMs = Math.max(250, 2 * sinceMs);
      tracks = tracks.filter((track) => at - track.lastAt <= forgetMs);
      /** With what each was a frame ago. */
      const taken = new Map<Track, Component>();
      const result = new Map<Component, Track>();
      const largestFirst = [...components].sort((a, b) => b.areaPx - a.areaPx || a.label - b.label);
      for (const component of largestFirst) {
        const track = bestMatch(tracks, component, taken, grid);
        if (track === undefined) {
          const whole = [...taken.keys()].find((one) => overlaps(one.component, component));
          for (const [one, before] of taken) if (parts(component, before, one)) doubt(one);
          result.set(component, start(component, at, whole));
          continue;
        }
        taken.set(track, track.component);
        advance(track, component, at, sinceMs, withArrivals);
        result.set(component, track);
      }
      if (tracks.length > visionLimits.tracksMax) {
        tracks.sort((a, b) => b.lastAt - a.lastAt || b.seen - a.seen || a.id - b.id);
        tracks.length = visionLimits.tracksMax;
      }
      return result;
    },
  };
}

/** Sets the cells under everything that travels. */
export function markTravellers(
  marks: Uint8Array,
  followed: ReadonlyMap<Component, Track>,
  grid: CellGrid,
): void {
  for (const [{ left, right, top, bottom }, track] of followed) {
    if (!track.travelling) continue;
    for (let y = top; y <= bottom; y++) {
      marks.fill(1, y * grid.columns + left, y * grid.columns + right + 1);
    }
  }
}

const overlaps = (a: Component, b: Component): boolean =>
  a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;

/** What breaks off and is larger than this part of the rest may be what came, and the rest what it left. */
const partedShare = 4;
/** What becomes so many times as large or small from one look to the next joined something, or is something else. */
const resizedTimes = 2;

/** Whether a new component came off what this track was a frame ago. */
const parts = (piece: Component, before: Component, { component }: Track): boolean =>
  overlaps(before, piece) && piece.areaPx * partedShare > component.areaPx;

function doubt(track: Track): void {
  track.arrived = false;
  track.unknownX = track.x;
  track.unknownY = track.y;
}

const centreX = (c: Component) => Math.round((c.sumX * 256) / c.areaPx);
const centreY = (c: Component) => Math.round((c.sumY * 256) / c.areaPx);

function advance(
  track: Track,
  component: Component,
  at: UptimeMs,
  sinceMs: DurationMs,
  withArrivals: boolean,
): void {
  const x = centreX(component);
  const y = centreY(component);
  if (sinceMs > 0) {
    track.vx += Math.round((((x - track.x) * 1000) / sinceMs - track.vx) / 3);
    track.vy += Math.round((((y - track.y) * 1000) / sinceMs - track.vy) / 3);
  }
  track.path += Math.abs(x - track.x) + Math.abs(y - track.y);
  const size = Math.max(component.right - component.left, component.bottom - component.top) + 1;
  const farMin = Math.max(512, size * 90);
  const net = Math.abs(x - track.fromX) + Math.abs(y - track.fromY);
  if (track.seen >= 3 && net >= farMin && net * 2 >= track.path) track.travelling = true;
  const [areaPx, beforePx] = [component.areaPx, track.component.areaPx];
  track.x = x;
  track.y = y;
  track.component = component;
  track.lastAt = at;
  if (areaPx > beforePx * resizedTimes || beforePx > areaPx * resizedTimes) doubt(track);
  const known = Math.abs(x - track.unknownX) + Math.abs(y - track.unknownY);
  if (withArrivals && track.travelling && known >= farMin) track.arrived = true;
  track.seen++;
}

/** The track whose last box, grown by its reach, overlaps most; nearest centre breaks ties. */
function bestMatch(
  tracks: readonly Track[],
  component: Component,
  taken: ReadonlyMap<Track, Component>,
  grid: CellGrid,
): Track | undefined {
  const reach = Math.max(2, grid.columns >> 4);
  let best: Track | undefined;
  let bestDistance = Number.MAX_SAFE_INTEGER;
  for (const track of tracks) {
    if (taken.has(track)) continue;
    const last = track.component;
    if (component.left > last.right + reach || component.right < last.left - reach) continue;
    if (component.top > last.bottom + reach || component.bottom < last.top - reach) continue;
    const distance =
      Math.abs(centreX(component) - track.x) + Math.abs(centreY(component) - track.y);
    if (distance < bestDistance) {
      best = track;
      bestDistance = distance;
    }
  }
  return best;
}
