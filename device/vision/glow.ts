/**
 * Light that passes: headlights, a torch, the sun between clouds. What it reaches besides ground with texture - plain
 * ground, a fence lit from behind, the border of a cast shadow - is told by its company: it came with a light that
 * texture shows in more of the picture than it covers itself, and nearly all of it brightened. Most such light goes
 * again: for its first seconds the background keeps what the place looks like without it.
 */
import { between, type UptimeMs } from '../wire/time.ts';
import type { CellGrid } from './cell-grid.ts';
import type { Component } from './components.ts';
import type { Foreground } from './foreground.ts';
import type { PixelModel } from './pixel-model.ts';
import type { Track } from './tracks.ts';
import type { VisionMemory } from './vision-memory.ts';

export type Glow = {
  /** Takes the cells that texture found lit in this frame; returns those to learn, as in `lit`. */
  step(
    lit: Uint8Array,
    litCells: number,
    model: PixelModel,
    luma: Uint8Array,
    at: UptimeMs,
  ): Uint8Array;
  /** A light comes, passes or goes. */
  passes(at: UptimeMs): boolean;
  /** Whether a component belongs to the light that comes, or is left of one that goes; and keeps it from learning. */
  reaches(
    component: Component,
    track: Track,
    labels: Uint16Array,
    mask: Uint8Array,
    model: PixelModel,
    luma: Uint8Array,
  ): boolean;
  /** What not to learn: the foreground, and what a passing light brightens. Drawn where the mask before was. */
  unlearnt(foreground: Foreground): Uint8Array;
};

/** Lit cells, as a share of the picture, from which on a light is spoken of. */
const litShareMin = 0.01;
/** A light that passes does so within this; what is still there afterwards is looked at by itself. */
const passingMs = 4_000;
/** A light unseen for so long has ended. */
const endedMs = 700;
/** Ground that texture cannot speak for may be reached this much earlier. */
const aheadMs = 300;
const oneWayMin = 0.85;

/** Takes out what belongs to passing light. */
export function dismissGlow(
  glow: Glow,
  followed: Map<Component, Track>,
  labels: Uint16Array,
  mask: Uint8Array,
  model: PixelModel,
  luma: Uint8Array,
): void {
  for (const [component, track] of followed) {
    if (glow.reaches(component, track, labels, mask, model, luma)) followed.delete(component);
  }
}

export function createGlow(grid: CellGrid, memory: VisionMemory): Glow {
  const { columns, cellPx, widthPx, heightPx } = grid;
  const cells = columns * grid.rows;
  const cellsMin = Math.ceil(cells * litShareMin);
  const learnable = memory.bytes(cells);
  const held = new Uint8Array(cells);
  let holds = false;
  let comes = 0;
  let goes = 0;
  let beganAt: UptimeMs | null = null;
  let lastAt: UptimeMs | null = null;
  /** What a light that went left darker, and its cells: the rest of it fades when texture shows the light no more. */
  const left = new WeakMap<Track, number>();

  function isBrighter(cell: number, model: PixelModel, luma: Uint8Array): boolean {
    let sum = 0;
    eachRow(cell, (from, to) => {
      for (let i = from; i < to; i++) sum += (luma[i] as number) - (model.background[i] as number);
    });
    return sum > 0;
  }

  function eachRow(cell: number, take: (from: number, to: number) => void): void {
    const row = Math.floor(cell / columns);
    const left = (cell - row * columns) * cellPx;
    const right = Math.min(widthPx, left + cellPx);
    const bottom = Math.min(heightPx, (row + 1) * cellPx);
    for (let y = row * cellPx; y < bottom; y++) take(y * widthPx + left, y * widthPx + right);
  }

  return {
    passes: (at) => beganAt !== null && between(beganAt, at) <= passingMs,
    step(lit, litCells, model, luma, at) {
      comes = 0;
      goes = 0;
      if (holds) held.fill(0);
      holds = false;
      if (lastAt !== null && between(lastAt, at) > endedMs) beganAt = null;
      if (litCells < cellsMin) return lit;
      for (let cell = 0; cell < cells; cell++) {
        if (lit[cell] === 0) continue;
        if (isBrighter(cell, model, luma)) {
          held[cell] = 1;
          comes++;
        } else {
          goes++;
        }
      }
      holds = comes > 0;
      // A shadow alone is no light that passes: it may be a visitor's own.
      if (comes >= cellsMin || (beganAt !== null && goes >= cellsMin)) {
        lastAt = at;
        beganAt ??= at;
      }
      if (beganAt === null || between(beganAt, at) > passingMs) {
        held.fill(0);
        holds = false;
        return lit;
      }
      for (let cell = 0; cell < cells; cell++)
        learnable[cell] = held[cell] === 1 ? 0 : (lit[cell] as number);
      return learnable;
    },
    reaches(component, track, labels, mask, model, luma) {
      const fading = left.get(track) ?? 0;
      if (component.cells > Math.max(comes, goes, fading) || beganAt === null || lastAt === null)
        return false;
      if (between(beganAt, lastAt) > passingMs || track.firstAt + aheadMs < beganAt) return false;
      const right = Math.min(widthPx, (component.right + 1) * cellPx);
      const bottom = Math.min(heightPx, (component.bottom + 1) * cellPx);
      let all = 0;
      let brighter = 0;
      for (let y = component.top * cellPx; y < bottom; y++) {
        for (
          let i = y * widthPx + component.left * cellPx, end = y * widthPx + right;
          i < end;
          i++
        ) {
          if (mask[i] === 0) continue;
          all++;
          if ((luma[i] as number) > (model.background[i] as number)) brighter++;
        }
      }
      const came = component.cells <= comes && brighter >= all * oneWayMin;
      if (came) {
        for (let y = component.top; y <= component.bottom; y++) {
          for (
            let cell = y * columns + component.left;
            cell <= y * columns + component.right;
            cell++
          ) {
            if (labels[cell] === component.label) held[cell] = 1;
          }
        }
        holds = true;
      }
      const went = component.cells <= Math.max(goes, fading) && all - brighter >= all * oneWayMin;
      if (went && component.cells > fading) left.set(track, component.cells);
      return came || went;
    },
    unlearnt({ mask, before }) {
      if (!holds) return mask;
      before.set(mask);
      for (let cell = 0; cell < cells; cell++) {
        if (held[cell] === 1) eachRow(cell, (from, to) => void before.fill(255, from, to));
      }
      return before;
    },
  };
}
