/** The SIMD kernels against the plain ones: every array of the detector, to the bit. */
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCastShadow } from '../../../device/vision/cast-shadow.ts';
import { divideIntoCells } from '../../../device/vision/cell-grid.ts';
import { createComponentFinder } from '../../../device/vision/components.ts';
import { createForeground } from '../../../device/vision/foreground.ts';
import { type KernelMaker, plainKernels } from '../../../device/vision/kernels.ts';
import { createMotionDetector } from '../../../device/vision/motion-detector.ts';
import { motionSettingsSchema } from '../../../device/vision/motion-settings.ts';
import { createPixelModel } from '../../../device/vision/pixel-model.ts';
import { createShaper } from '../../../device/vision/shape.ts';
import { simdKernels } from '../../../device/vision/simd-kernels.ts';
import { sumsOfCell } from '../../../device/vision/texture-sums.ts';
import { drawZones } from '../../../device/vision/zone-map.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { readLuma } from '../../../tools/score/luma-frames.ts';
import { withFfmpeg } from '../../support/footage/test-footage.ts';
import { litWorld, randomFrom, type World, wildWorld } from './kernel-worlds.ts';

const mask = [
  { x: 0.2, y: 0.1 },
  { x: 0.7, y: 0.3 },
  { x: 0.4, y: 0.9 },
];

/** Two frames through every kernel on a model of random content; returns all that they may have written. */
function afterTwoFrames(
  make: KernelMaker,
  world: World,
  seed: number,
  widthPx: number,
  heightPx: number,
) {
  const random = randomFrom(seed);
  const grid = divideIntoCells(widthPx, heightPx);
  const cells = grid.columns * grid.rows;
  const { memory, bind } = make(grid);
  const model = createPixelModel(widthPx, heightPx, memory);
  const kernels = bind(model);
  const foreground = createForeground(grid, memory);
  const luma = memory.bytes(widthPx * heightPx);
  const trusted = memory.bytes(cells);
  const blinks = memory.words(cells);
  const scratch = memory.scratch();
  const sums = scratch.integers(cells * sumsOfCell);
  const kind = memory.bytes(cells);
  const gain = scratch.floats(cells);
  const queue = scratch.words(cells);
  const lit = memory.bytes(cells);
  const tallies = memory.integers(2);
  const across = memory.scratch().integers(cells);
  const unrest = [memory.words(cells), across, memory.words(cells)] as const;
  const listed = memory.words(cells);
  const finder = createComponentFinder(grid, memory, kernels.findComponents);
  const cast = createCastShadow(grid, memory, kernels);
  const shaper = createShaper(grid, memory, kernels.shapeMask);
  const last = memory.bytes(widthPx * heightPx);
  const smoothed = memory.bytes(widthPx * heightPx);
  const tones = memory.scratch().words(16 * 512);
  const tonesByBand = memory.words(16);
  const shifts = memory.integers(16);
  const expected = memory.bytes(256);
  const differing = memory.integers(3);
  const zoneCounts = memory.words(16);
  const samples = memory.integers(60);
  const places = memory.bytes(Math.floor(widthPx / 8) * Math.floor(heightPx / 8));
  const changes = memory.words(256);
  const behind = memory.words(8).fill(0xffff);
  const masks = random(2) === 0 ? [] : [mask];
  const zones = drawZones(motionSettingsSchema.parse({ masks }), grid, memory.bytes(luma.length));
  world.fill(model, random);
  const oneIn = random(2) === 0 ? 4 : 40;
  for (let cell = 0; cell < cells; cell++) trusted[cell] = random(oneIn) === 0 ? 1 : 0;
  const found: unknown[] = [];
  for (let frame = 0; frame < 2; frame++) {
    world.draw(luma, model, grid, random);
    // Whatever lies where counts are to come is gone then.
    for (const counts of [zoneCounts, changes, differing]) counts.fill(0x1111);
    kernels.wipeDrops(luma, last, foreground.mask);
    kernels.smooth(luma, smoothed);
    kernels.countDiffering(luma, zoneCounts);
    found.push(kernels.countChanges(luma, places, changes));
    found.push(kernels.measureTones(luma, foreground.mask, tones, tonesByBand, shifts));
    found.push(tones.slice());
    found.push(kernels.classify(luma, trusted, blinks));
    kernels.drawForeground(foreground, luma, zones, random(4_097));
    const { counts, strong, active, odd, mask } = foreground;
    const length = kernels.listCells(counts, 1 + random(grid.cellPx), listed);
    const cellsOf = [counts, strong, active, sums, kind, gain, queue, lit] as const;
    found.push(kernels.vetoTexture(luma, mask, ...cellsOf, tallies));
    const written = [
      mask,
      counts,
      strong,
      active,
      odd,
      sums,
      kind,
      gain,
      lit,
      listed,
      smoothed,
      luma,
      last,
    ];
    found.push(length, ...written.map((array) => array.slice()));
    const rates = {
      mean: random(4_097),
      deviation: random(4_097),
      withDeviation: random(4) !== 0,
      calm: 1 + random(300),
      everything: random(4) === 0,
    };
    kernels.learn(luma, mask, rates, 0, 1);
    kernels.learn(luma, mask, rates, random(heightPx), 1 + random(16));
    const components = finder.find(foreground);
    const slope = 4 + random(60);
    // Random pictures are steep everywhere: what differs from the background by a ramp is soft in places.
    for (let i = 0; i < luma.length; i++)
      smoothed[i] = Math.max(0, (model.background[i] ?? 0) - ((i % widthPx) % slope) * 4);
    const soft = components.flatMap((component) =>
      [luma, smoothed].map((picture) => kernels.isSoft(component, mask, picture)),
    );
    const kept = components.filter(() => random(3) !== 0);
    found.push(components, finder.labels.slice(), soft);
    const remaining = cast.remove(kept, foreground, finder.labels, luma, trusted);
    found.push(remaining.slice(), mask.slice(), counts.slice());
    found.push(cast.unlearnt(mask, foreground).slice());
    found.push(
      shaper.shape(foreground, finder.labels, kept, trusted, random(4) !== 0),
      mask.slice(),
    );
    cast.putBack(mask);
    kernels.settleUnrest(blinks, ...unrest, 60_000 + random(5_500));
    kernels.learnLitCells(luma, trusted, random(4_097));
    const curve = Array.from({ length: 256 }, (_, level) => Math.min(255, level + random(40)));
    expected.set(random(2) === 0 ? curve : curve.reverse());
    kernels.translate(luma, expected);
    found.push(luma.slice());
    kernels.countDifferent(luma, mask, expected, differing);
    kernels.relight(luma, expected, random(4) === 0 ? null : mask);
    samples.set(samples.map(() => widthPx * 5 + 5 + random(luma.length - widthPx * 10 - 10)));
    const offset = random(9) - 4 + (random(9) - 4) * widthPx;
    found.push(kernels.edgesAgree(luma, samples, samples.length, offset));
    found.push(kernels.differenceAt(luma, samples, samples.length, offset, random(2_000)));
  }
  const counted = [
    tonesByBand,
    shifts,
    differing,
    zoneCounts,
    places,
    changes,
    behind,
    tallies,
    ...unrest,
  ];
  return [...found, model, blinks, ...counted];
}

describe('the SIMD kernels', () => {
  test.each([
    ['whatever the picture', wildWorld],
    ['under whatever light', litWorld],
  ])('write what the plain ones write, to the bit, %s and its size', (_what, world) => {
    const sizes = fc.tuple(fc.integer({ min: 16, max: 420 }), fc.integer({ min: 16, max: 60 }));
    fc.assert(
      fc.property(fc.nat(), sizes, (seed, [widthPx, heightPx]) => {
        const expected = afterTwoFrames(plainKernels, world, seed, widthPx, heightPx);
        expect(afterTwoFrames(simdKernels, world, seed, widthPx, heightPx)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  withFfmpeg('see in a scene what the plain ones see', async () => {
    const scene = path.join(import.meta.dirname, '../../../fixtures/scenes/cat/footage.mp4');
    const source = { path: scene, images: null, framesPerSecond: null, analysisWidthPx: 320 };
    const settings = motionSettingsSchema.parse({});
    const start = (widthPx: number, heightPx: number) =>
      [plainKernels, simdKernels].map((kernels) =>
        createMotionDetector({ widthPx, heightPx, settings, kernels }),
      );
    let detectors: ReturnType<typeof start> | null = null;
    let moving = 0;
    for await (const { luma, atMs, widthPx, heightPx } of readLuma(source)) {
      detectors ??= start(widthPx, heightPx);
      const [plain, simd] = detectors.map((detector) => ({
        seen: detector.observe(luma, uptimeMs(Math.round(atMs)), 'day'),
        mask: Buffer.from(detector.foreground()),
      }));
      expect(simd?.seen).toEqual(plain?.seen);
      expect(plain?.mask.equals(simd?.mask ?? Buffer.alloc(0))).toBe(true);
      if (simd?.seen.motion === true) moving++;
    }
    expect(moving).toBeGreaterThan(10);
  });
});
