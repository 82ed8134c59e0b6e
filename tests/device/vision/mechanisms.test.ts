/**
 * What each mechanism is for: a named scene that holds with all of them, and does not hold without that one.
 */
import { describe, expect, test } from 'vitest';
import { type Mechanism, mechanisms } from '../../../device/vision/mechanisms.ts';
import { noiseAt } from '../../../tools/stress/seeded-noise.ts';
import {
  bricks,
  clothes,
  heightPx,
  type PaintedScene,
  plaster,
  runScene,
  type SceneRun,
  walker,
  widthPx,
} from './painted-scenes.ts';

type Case = {
  readonly mechanism: Mechanism;
  readonly scene: string;
  readonly painted: PaintedScene;
  readonly holds: (run: SceneRun) => boolean;
};

const quiet = (from: number, to: number) => (run: SceneRun) => run.flagged(from, to) === 0;
const inside = (x: number, y: number, left: number, top: number, width: number, height: number) =>
  x >= left && x < left + width && y >= top && y < top + height;

/** A branch in the wind, to and fro over bricks. */
const branch: PaintedScene = {
  seconds: 34,
  paint: (x, y, seconds, frame) => {
    const sway = 4 * Math.sin(seconds * 3) * (0.8 + 0.2 * Math.sin(seconds * 0.37));
    const branchX = 80 + sway + (y - 45) * 0.3;
    const before = Math.abs(x - branchX) < 3 && y > 20 && y < 70;
    return before ? 40 + ((x * 7 + y * 3) % 5) * 4 : bricks(x, y, seconds, frame);
  },
};
const mostlyQuiet = (run: SceneRun) => run.flagged(16, 34) < 0.15;

/** Drives through from the left. */
const carFront = (seconds: number) => (seconds - 5) * 28;
const nightCar = (x: number, y: number, seconds: number) =>
  seconds >= 5 && inside(x, y, carFront(seconds) - 44, 40, 44, 16);

const cases: readonly Case[] = [
  { mechanism: 'restlessness', scene: 'a swaying branch', painted: branch, holds: mostlyQuiet },
  {
    mechanism: 'envelope',
    scene: 'a branch that comes back to where it was',
    painted: branch,
    holds: mostlyQuiet,
  },
  {
    mechanism: 'fringe',
    scene: 'a hard shadow that sweeps over bricks',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const left = ((seconds * 45) % 300) - 40;
        return bricks(x, y, seconds, frame) * (inside(x, y, left, 20, 40, 50) ? 0.5 : 1);
      },
    },
    holds: quiet(5, 14),
  },
  {
    mechanism: 'glow',
    scene: 'headlights that sweep over bricks and the dark ground before them',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const left = (seconds - 6) * 40 - 40;
        const ground = y >= 55;
        const unlit = ground ? 30 : bricks(x, y, seconds, frame) * 0.5;
        return inside(x, y, left, 5, 40, 80) ? unlit * (ground ? 2.6 : 1.6) : unlit;
      },
    },
    holds: quiet(5, 14),
  },
  {
    mechanism: 'glare',
    scene: 'a car at night whose lamp looks into the lens',
    painted: {
      light: 'night',
      seconds: 12,
      paint: (x, y, seconds, frame) => {
        const front = carFront(seconds);
        const away = Math.hypot(x - front + 2, y - 48);
        const glare = seconds < 5 ? 0 : 260 * 0.75 ** away;
        const body = nightCar(x, y, seconds) ? 60 + ((x + y) % 3) * 6 : 0;
        return Math.min(255, plaster(x, y, seconds, frame) * 0.15 + body + glare);
      },
      moving: (x, y, seconds) => nightCar(x, y, seconds),
    },
    holds: (run) => run.f > 0.95,
  },
  {
    mechanism: 'lens-guest',
    scene: 'a moth on the lens by night',
    painted: {
      light: 'night',
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const wall = bricks(x, y, seconds, frame) * 0.4;
        const away = Math.hypot(
          x - 80 - 30 * Math.sin(seconds),
          y - 45 - 15 * Math.cos(1.3 * seconds),
        );
        const moth = seconds < 5 ? 0 : Math.max(0, Math.min(1, (7 - away) / 5 + 0.5));
        return wall * (1 - moth) + 190 * moth;
      },
    },
    holds: quiet(5, 14),
  },
  {
    mechanism: 'precipitation',
    scene: 'a visitor in heavy rain',
    painted: {
      seconds: 12,
      paint: (x, y, seconds, frame) => {
        const drop = noiseAt(4, frame, x, (y + 3 * x) >> 3) < 0.07 ? 60 : 0;
        return (walker(5)(x, y, seconds) ? clothes : bricks)(x, y, seconds, frame) + drop;
      },
      moving: walker(5),
    },
    holds: (run) => run.f > 0.9 && run.flagged(6, 11) === 1 && run.flagged(1, 5) === 0,
  },
  {
    mechanism: 'smoothing',
    scene: 'a visitor little darker than the wall, in a noisy picture',
    painted: {
      seconds: 12,
      paint: (x, y, seconds, frame) => {
        const noise = [1, 2, 3, 4].map((n) => noiseAt(8, y * widthPx + x, frame, n) - 0.5);
        const wall = plaster(x, y, seconds, frame) - (walker(5)(x, y, seconds) ? 30 : 0);
        return wall + 14 * noise.reduce((sum, one) => sum + one, 0);
      },
      moving: walker(5),
    },
    holds: (run) => run.f > 0.85,
  },
  {
    mechanism: 'alignment',
    scene: 'a trembling mount',
    painted: {
      seconds: 12,
      paint: (x, y, seconds, frame) => {
        const shaken = seconds > 4 && noiseAt(1, frame) < 0.5;
        const right = shaken ? Math.floor(noiseAt(2, frame) * 5) - 2 : 0;
        const down = shaken ? Math.floor(noiseAt(3, frame) * 5) - 2 : 0;
        const body = walker(5)(x + right, y + down, seconds);
        return (body ? clothes : bricks)(x + right, y + down, seconds, frame);
      },
      moving: walker(5),
    },
    holds: (run) => run.f > 0.75,
  },
  {
    mechanism: 'tone-curve',
    scene: 'an exposure step while a visitor walks by',
    painted: {
      seconds: 12,
      paint: (x, y, seconds, frame) =>
        (walker(5)(x, y, seconds) ? clothes : bricks)(x, y, seconds, frame) *
        (seconds > 7 ? 1.35 : 1),
      moving: walker(5),
    },
    holds: (run) => run.f > 0.97,
  },
  {
    mechanism: 'light-switch',
    scene: 'a lamp beside the door, behind a railing',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const lamp = seconds > 6 ? 5 * Math.max(0, 1 - Math.hypot(x - 10, y - 10) / 130) : 0;
        const shaded = (x + y) % 24 < 6 ? 0.4 : 1;
        return bricks(x, y, seconds, frame) * (0.25 + lamp * shaded);
      },
    },
    holds: (run) => run.flagged(6, 14) === 0 && run.changedAt(12) < 0.01,
  },
  {
    mechanism: 'texture',
    scene: 'a hard beam of light over bricks',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const left = ((seconds * 30) % 300) - 40;
        return bricks(x, y, seconds, frame) * (inside(x, y, left, 20, 30, 50) ? 1.5 : 1);
      },
    },
    holds: (run) => run.flagged(5, 14) < 0.05,
  },
  {
    mechanism: 'soft-edge',
    scene: 'a pool of light over a plain wall',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const away = Math.hypot(x - (((seconds * 25) % 300) - 60), y - 45) / 40;
        return plaster(x, y, seconds, frame) + (away < 1 ? 60 * (1 - away) : 0);
      },
    },
    holds: quiet(5, 14),
  },
  {
    mechanism: 'ground-shadow',
    scene: 'a visitor in low sun on plain ground',
    painted: {
      seconds: 13,
      paint: (x, y, seconds, frame) => {
        const body = walker(5);
        if (body(x, y, seconds)) return clothes(x, y, seconds, frame);
        const left = (seconds - 5) * 20 - 14;
        const shaded = seconds >= 5 && inside(x, y, left - 30, 66, 36, 7);
        return plaster(x, y, seconds, frame) * (shaded ? 0.55 : 1);
      },
      moving: walker(5),
    },
    holds: (run) => run.f > 0.93,
  },
  {
    mechanism: 'cast-shadow',
    scene: 'a visitor whose shadow lies softly about the feet',
    painted: {
      seconds: 13,
      paint: (x, y, seconds, frame) => {
        if (walker(5)(x, y, seconds)) return clothes(x, y, seconds, frame);
        const away = Math.hypot((x - (seconds - 5) * 20 + 7) / 20, (y - 73) / 9);
        const shade = seconds < 5 ? 0 : 0.45 * Math.max(0, 1 - away);
        return plaster(x, y, seconds, frame) * (1 - shade);
      },
      moving: walker(5),
    },
    holds: (run) => run.f > 0.95,
  },
  {
    mechanism: 'persistence',
    scene: 'flakes on the lens, each for one picture',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const left = Math.floor(noiseAt(5, frame) * (widthPx - 12));
        const top = Math.floor(noiseAt(6, frame) * (heightPx - 12));
        const flake = frame % 4 === 0 && inside(x, y, left, top, 12, 12);
        return flake ? 230 : bricks(x, y, seconds, frame);
      },
    },
    holds: quiet(5, 14),
  },
  {
    mechanism: 'stillness',
    scene: 'a parcel put down',
    painted: {
      seconds: 34,
      paint: (x, y, seconds, frame) =>
        seconds > 6 && inside(x, y, 70, 40, 24, 20) ? 60 : bricks(x, y, seconds, frame),
    },
    holds: (run) => run.flagged(9, 34) === 0 && run.changedAt(33) < 0.006,
  },
  {
    mechanism: 'ghosts',
    scene: 'a car that drives off uncovers the road',
    painted: {
      seconds: 16,
      paint: (x, y, seconds, frame) => {
        const left = seconds < 8 ? 60 : 60 + (seconds - 8) * 120;
        return inside(x, y, left, 40, 26, 14) ? 40 : bricks(x, y, seconds, frame);
      },
    },
    holds: (run) => run.changedAt(12) < 0.001,
  },
  {
    mechanism: 'arrival',
    scene: 'a car that parks',
    painted: {
      seconds: 40,
      paint: (x, y, seconds, frame) => {
        const left = Math.min(80, (seconds - 6) * 40 - 30);
        return inside(x, y, left, 40, 30, 16) ? 40 : bricks(x, y, seconds, frame);
      },
    },
    holds: (run) => run.changedAt(38) > 0.03,
  },
  {
    mechanism: 'contrast',
    scene: 'somebody a little warmer than the wall in a heat picture',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) =>
        walker(5)(x, y, seconds)
          ? 109 + ((x + y) % 5)
          : 90 + (bricks(x, y, seconds, frame) - 110) * 0.4,
      moving: walker(5),
    },
    holds: (run) => run.f > 0.75,
  },
  {
    mechanism: 'filling',
    scene: 'a coat of the colour of the wall',
    painted: {
      seconds: 14,
      paint: (x, y, seconds, frame) => {
        const left = (seconds - 5) * 16 - 26;
        if (seconds < 5 || !inside(x, y, left, 20, 26, 50)) return plaster(x, y, seconds, frame);
        const hem = !inside(x, y, left + 7, 28, 12, 34);
        return hem ? 60 : plaster(x, y, seconds, frame);
      },
      moving: (x, y, seconds) => seconds >= 5 && inside(x, y, (seconds - 5) * 16 - 26, 20, 26, 50),
    },
    holds: (run) => run.f > 0.85,
  },
];

describe('the mechanisms of the motion detector', () => {
  test.each(cases)('$scene holds', ({ painted, holds }) => {
    expect(holds(runScene(painted))).toBe(true);
  });

  test.each(cases)('$scene does not hold without $mechanism', ({ mechanism, painted, holds }) => {
    expect(holds(runScene(painted, [mechanism]))).toBe(false);
  });

  test('each has its scene', () => {
    expect(cases.map(({ mechanism }) => mechanism).sort()).toEqual([...mechanisms].sort());
  });
});
