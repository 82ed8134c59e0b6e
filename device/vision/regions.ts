/** What a followed component amounts to: its box, its score and why. */
import { between, type UptimeMs } from '../wire/time.ts';
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import { directionDegOf } from './direction.ts';
import type { LightMode, MotionSettings } from './motion-settings.ts';
import type { Region } from './observation.ts';
import type { Track } from './tracks.ts';
import { visionLimits } from './vision-limits.ts';
import type { ZoneMap } from './zone-map.ts';

export type RegionInput = {
  readonly component: Component;
  readonly labels: Uint16Array;
  readonly odd: Uint8Array;
  readonly track: Track;
  readonly at: UptimeMs;
  /** Since the last frame. */
  readonly passedMs: number;
  readonly grid: CellGrid;
  readonly zones: ZoneMap;
  readonly light: LightMode;
  readonly size: MotionSettings['objectSize'];
  readonly unrest: Uint16Array;
  /** It began with a change of light: it counts once it has gone somewhere. */
  readonly cameWithLight: boolean;
  readonly persistence: boolean;
  readonly stillness: boolean;
};

/** Share of the picture in 1/100000 that scores 1, by sensitivity 1 to 10. */
const areaBySensitivity = [0, 1600, 900, 500, 300, 180, 120, 85, 60, 45, 30] as const;
const lastingMs = 120;
const seenMin = 3;
const speedMin = 0.01;
/** A region in which nothing changed for this long may be a thing. */
const inertAfterMs = 900;
/** It is no motion then, but when looks are seconds apart, somebody may look the same in two of them. */
const inertLooksMin = 2;
/** Of looks so far apart one is enough, when it is clear: a car is gone by the next. */
const seldomMs = 500;
const seldomTrust = 0.5;

export const isInert = ({ activeAt }: Track, at: UptimeMs): boolean =>
  activeAt === null || at - activeAt >= inertAfterMs;

/** Regions of all that is followed, but for those that do not count. */
export function describeRegions(
  followed: ReadonlyMap<Component, Track>,
  cameWithLight: (track: Track) => boolean,
  rest: Omit<RegionInput, 'component' | 'track' | 'cameWithLight'>,
): readonly Region[] {
  return [...followed]
    .map(([component, track]) =>
      describeRegion({ ...rest, component, track, cameWithLight: cameWithLight(track) }),
    )
    .filter((region) => region !== null);
}

/** Null when it lies wholly where motion does not count, or is of a size that does not. */
function describeRegion(input: RegionInput): Region | null {
  const { component, track, grid, zones } = input;
  const pictureCells = (grid.widthPx / grid.cellPx) * (grid.heightPx / grid.cellPx);
  const width = component.right - component.left + 1;
  const height = component.bottom - component.top + 1;
  const boxShare = (width * height) / pictureCells;
  if (boxShare < input.size.min || boxShare > input.size.max) return null;
  const { areaPx, neededPx, zoneBits, unrest } = countedArea(input);
  if (areaPx === 0) return null;
  const ageMs = between(track.firstAt, input.at);
  const often = track.seen >= seenMin || (track.seen >= 2 && ageMs >= lastingMs);
  const lasted = often || input.passedMs >= seldomMs;
  const inertMs = Math.max(inertAfterMs, inertLooksMin * input.passedMs);
  const stillMs = track.activeAt === null ? ageMs + inertMs : between(track.activeAt, input.at);
  const pictureShare = areaPx / (grid.widthPx * grid.heightPx);
  const calm = 32 / (32 + unrest);
  const trust = calm * (track.travelling ? 2 : Math.min(1, 0.4 + pictureShare * 60));
  const sure = lasted && !often ? seldomTrust : 1;
  const areaScore = (areaPx * trust * sure) / neededPx;
  const ofLight = input.cameWithLight && !track.travelling;
  const counts =
    !ofLight && (lasted || !input.persistence) && (stillMs < inertMs || !input.stillness);
  const score = counts ? areaScore : Math.min(0.49, areaScore);
  const speed = speedOf(track, grid);
  return {
    box: {
      x: (component.left * grid.cellPx) / grid.widthPx,
      y: (component.top * grid.cellPx) / grid.heightPx,
      width: Math.min(1, (width * grid.cellPx) / grid.widthPx),
      height: Math.min(1, (height * grid.cellPx) / grid.heightPx),
    },
    area: component.areaPx / (grid.widthPx * grid.heightPx),
    directionDeg: speed < speedMin ? null : directionDegOf(track.vx, -track.vy),
    speed,
    score,
    zones: zones.names.filter((_, bit) => (zoneBits & (1 << bit)) !== 0),
    because: ofLight
      ? 'it came with a change of light and has gone nowhere'
      : stillMs >= inertMs
        ? `nothing in it has stirred for ${stillMs} ms`
        : lasted
          ? `${areaPx} px differ from the background for ${ageMs} ms, ${Math.round(neededPx)} needed`
          : `${areaPx} px differ from the background, for only ${ageMs} ms yet`,
  };
}

export function strongestFirst(regions: readonly Region[]): readonly Region[] {
  const sorted = [...regions].sort((a, b) => b.score - a.score || b.area - a.area);
  return sorted.slice(0, visionLimits.regionsMax);
}

function countedArea(input: RegionInput) {
  const { component, labels, odd, grid, zones, light } = input;
  const sensitivity = zones.sensitivity[light];
  let areaPx = 0;
  let unrestSum = 0;
  let zoneBits = 0;
  let keenest = 1;
  for (let y = component.top; y <= component.bottom; y++) {
    for (let x = component.left; x <= component.right; x++) {
      const cell = y * grid.columns + x;
      if (labels[cell] !== component.label || zones.counted[cell] === 0) continue;
      areaPx += odd[cell] ?? 0;
      unrestSum += (odd[cell] ?? 0) * (input.unrest[cell] ?? 0);
      zoneBits |= zones.zoneBits[cell] ?? 0;
      keenest = Math.max(keenest, sensitivity[cell] ?? 1);
    }
  }
  const neededPx = ((areaBySensitivity[keenest] ?? 0) * grid.widthPx * grid.heightPx) / 100_000;
  return { areaPx, neededPx, zoneBits, unrest: areaPx === 0 ? 0 : unrestSum / areaPx };
}

/** Picture widths a second. */
function speedOf(track: Track, grid: CellGrid): number {
  const cellsASecond = Math.sqrt(track.vx * track.vx + track.vy * track.vy) / 256;
  return (cellsASecond * grid.cellPx) / grid.widthPx;
}
