/** Finds what moves: a luma frame in, an observation out. Pure and incremental; time is the frame's own. */
import assert from 'node:assert/strict';
import { between, milliseconds, type UptimeMs } from '../wire/time.ts';
import { holdArrivals } from './arrivals.ts';
import { createCastShadow } from './cast-shadow.ts';
import { divideIntoCells } from './cell-grid.ts';
import { type Component, createComponentFinder, isNear } from './components.ts';
import { createFlicker } from './flicker.ts';
import { createForeground } from './foreground.ts';
import { isFringe } from './fringe.ts';
import { createGlare } from './glare.ts';
import { createGlow, dismissGlow } from './glow.ts';
import { createGroundShadow } from './ground-shadow.ts';
import type { KernelMaker } from './kernels.ts';
import { learnFrame, learningMs, share, sinceMsMax } from './learning.ts';
import { dismissGuests } from './lens-guest.ts';
import { createLightSwitch } from './light-switch.ts';
import type { Mechanism } from './mechanisms.ts';
import type { LightMode, MotionSettings } from './motion-settings.ts';
import type { Observation } from './observation.ts';
import { createPictureIntake } from './picture-intake.ts';
import { createPixelModel } from './pixel-model.ts';
import { describeRegions, isInert } from './regions.ts';
import { reseed } from './relighting.ts';
import { createShaper } from './shape.ts';
import { simdKernels } from './simd-kernels.ts';
import { createStillness } from './stillness.ts';
import { summarise } from './summary.ts';
import { createTextureVeto } from './texture.ts';
import { createToneFitter } from './tone-curve.ts';
import { createTrackBook, markTravellers, type Track } from './tracks.ts';
import { createUnrest } from './unrest.ts';
import { visionLimits } from './vision-limits.ts';
import { drawZones } from './zone-map.ts';

export type MotionDetector = {
  /** Looks at one frame: row-major, one byte a pixel. `at` must not run backwards. */
  observe(luma: Uint8Array, at: UptimeMs, light: LightMode): Observation;
  /** Takes new settings from the next frame on; what was learnt stays. */
  configure(settings: MotionSettings): void;
  /** The current foreground, 0 or 255 a pixel. A view: valid until the next `observe`. */
  foreground(): Uint8Array;
};

export type DetectorOptions = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly settings: MotionSettings;
  /** Mechanisms to leave out, for tests that show what each is for. */
  readonly without?: readonly Mechanism[];
  /** The loops over pixels; all give the same. */
  readonly kernels?: KernelMaker;
};

/** How quickly a change of light that the texture veto found becomes the background. */
const litMs = 1_500;
/** A tone that shifts by this many grey levels at once is a lamp or an exposure step, not a cloud. */
const lampShiftMin = 12;
/** What begins within this of a change of light that reaches a tenth of the picture came with it. */
const lightMs = 1_500;
/** A thing of whose pixels no more change stands still. */
const idleShareMax = 0.02;
/** On a mount that trembles its outline is now and then a pixel off. */
const idleShareTrembling = 0.15;

export function createMotionDetector(options: DetectorOptions): MotionDetector {
  const { widthPx, heightPx } = options;
  assert(widthPx >= visionLimits.widthPxMin && heightPx >= visionLimits.heightPxMin);
  assert(widthPx * heightPx <= visionLimits.pixelsMax, 'the picture is too large to analyse');
  const has = (mechanism: Mechanism) => !(options.without ?? []).includes(mechanism);
  const all = widthPx * heightPx;
  const grid = divideIntoCells(widthPx, heightPx);
  const { memory, bind } = (options.kernels ?? simdKernels)(grid);
  const model = createPixelModel(widthPx, heightPx, memory);
  const kernels = bind(model);
  const intake = createPictureIntake(grid, memory, model, kernels, has);
  const foreground = createForeground(grid, memory);
  const finder = createComponentFinder(grid, memory, kernels.findComponents);
  const { labels } = finder;
  const tones = createToneFitter(memory, kernels);
  const texture = createTextureVeto(grid, memory, kernels.vetoTexture);
  const shadow = createGroundShadow(grid);
  const castShadow = createCastShadow(grid, memory, kernels);
  const glare = createGlare(grid, memory, kernels.listCells);
  const glow = createGlow(grid, memory);
  const lightSwitch = createLightSwitch();
  const shaper = createShaper(grid, memory, kernels.shapeMask);
  const stillness = createStillness(grid, has('ghosts'));
  const tracks = createTrackBook(grid, has('arrival'));
  const unrest = createUnrest(grid, memory, kernels.settleUnrest);
  const flicker = createFlicker(grid);
  const trusted = memory.bytes(grid.columns * grid.rows);
  const masked = memory.bytes(all);
  let zones = drawZones(options.settings, grid, masked);
  let settings = options.settings;
  let beganAt: UptimeMs | null = null;
  let lastAt: UptimeMs | null = null;
  let frame = 0;
  let litCells = 0;
  let lightAt: UptimeMs | null = null;
  let lastLight: LightMode | null = null;
  /** What the last frame showed. */
  let known: readonly Component[] = [];

  function followLight(luma: Uint8Array, at: UptimeMs): void {
    const curve = tones.fit(luma, foreground.mask);
    if (!curve.credible) return;
    kernels.relight(luma, curve.expected, foreground.mask);
    if (curve.shiftMax >= lampShiftMin) lightAt = at;
  }

  /** Takes the picture anew as background, but for what is known to move: it stands elsewhere by now. */
  function takeAnew(luma: Uint8Array): void {
    const isBody = (cell: number) =>
      !lightSwitch.entire && texture.replaced(cell) && isNear(known, cell, grid);
    reseed(model, luma, grid, foreground.before, isBody);
  }

  function survives(component: Component, luma: Uint8Array): boolean {
    if (component.strongPx * 4 < component.areaPx || component.areaPx < 6) return false;
    if (has('fringe') && isFringe(component, labels, texture.lit, litCells, grid)) return false;
    return !(has('soft-edge') && kernels.isSoft(component, foreground.mask, luma));
  }

  /** Draws the foreground of a frame, without what texture says is light. Returns the candidates. */
  function compare(luma: Uint8Array, sinceMs: number): number {
    const candidates = kernels.classify(luma, trusted, unrest.blinks);
    kernels.drawForeground(foreground, luma, zones, share(sinceMs, 500));
    litCells = has('texture') ? texture.apply(foreground, luma) : 0;
    return candidates;
  }

  /** A region is judged and followed with its glare or shadow; only the mask goes without. */
  function bodies(dark: boolean, luma: Uint8Array): Uint16Array {
    // By infrared light the lamps sit beside the lens, and shadows hide behind who casts them.
    if (dark) return has('glare') ? glare.remove(foreground, labels, model, luma) : labels;
    if (!has('cast-shadow')) return labels;
    return castShadow.remove(known, foreground, labels, luma, texture.lit);
  }

  const cameWithLight = (track: Track): boolean =>
    lightAt !== null && Math.abs(track.firstAt - lightAt) <= lightMs;

  function settle(
    followed: ReadonlyMap<Component, Track>,
    at: UptimeMs,
    sinceMs: number,
    luma: Uint8Array,
  ) {
    const idleShare = (intake.trembles ? idleShareTrembling : idleShareMax) + 2.5 * flicker.share;
    for (const [component, track] of followed) {
      const stirs = component.activePx > component.areaPx * idleShare + 2;
      // Light that passes over a thing stirs nothing in it.
      if (stirs && !(track.activeAt !== null && glow.passes(at) && isInert(track, at)))
        track.activeAt = at;
      if (has('stillness'))
        stillness.step(
          component,
          track,
          isInert(track, at),
          cameWithLight(track),
          sinceMs,
          labels,
          foreground,
          model,
          luma,
        );
    }
    stillness.forget(labels);
    // Where everything is trusted, nothing blinks.
    trusted.fill(has('restlessness') ? 0 : 1);
    markTravellers(trusted, followed, grid);
  }

  function observe(picture: Uint8Array, at: UptimeMs, light: LightMode): Observation {
    assert(picture.length === widthPx * heightPx, 'a frame of another size');
    assert(lastAt === null || at >= lastAt, 'time runs backwards');
    if (beganAt === null || lastAt === null) {
      beganAt = lastAt = at;
      intake.begin(picture);
      return { at, motion: false, score: 0, changed: 0, regions: [], because: 'first frame' };
    }
    const passedMs = between(lastAt, at);
    const sinceMs = Math.min(sinceMsMax, passedMs);
    const ageMs = between(beganAt, at);
    lastAt = at;
    frame++;
    castShadow.putBack(foreground.mask);
    const luma = intake.take(picture, sinceMs, foreground.mask, ageMs < learningMs);
    if (lastLight !== null && light !== lastLight) lightSwitch.announce();
    lastLight = light;
    if (has('tone-curve') && !lightSwitch.settling) followLight(luma, at);
    let candidates = compare(luma, sinceMs);
    if (has('light-switch') && lightSwitch.step(candidates / all, texture.tally, sinceMs)) {
      lightAt = at;
      takeAnew(luma);
      candidates = compare(luma, sinceMs);
    }
    unrest.step(sinceMs);
    if (litCells * 10 > grid.columns * grid.rows) lightAt = at;
    if (ageMs < learningMs) lightAt = null; // the first picture's own noise looks like a lamp
    // What the camera announced is no light that passes.
    const glows = has('glow') && ageMs >= learningMs && !lightSwitch.entire;
    const learnable = glow.step(texture.lit, glows ? litCells : 0, model, luma, at);
    if (litCells > 0) kernels.learnLitCells(luma, learnable, share(sinceMs, litMs));
    let components = finder.find(foreground);
    if (has('ground-shadow')) {
      const trimmed = shadow.trim(components, labels, foreground, model, luma, texture.lit);
      litCells += trimmed;
      if (trimmed > 0) components = finder.find(foreground);
    }
    const alive = components.filter((component) => survives(component, luma));
    const followed = tracks.follow(alive, at, milliseconds(sinceMs));
    const dark = light === 'night';
    if (dark && has('lens-guest'))
      dismissGuests(followed, foreground.mask, model, luma, grid, sinceMs);
    dismissGlow(glow, followed, labels, foreground.mask, model, luma);
    known = [...followed.keys()];
    const bodied = bodies(dark, luma);
    const changedPx = shaper.shape(foreground, bodied, known, texture.lit, has('filling'));
    flicker.watch(followed, candidates, litCells, at, sinceMs);
    settle(followed, at, sinceMs, luma);
    const regions = describeRegions(followed, cameWithLight, {
      labels,
      at,
      passedMs,
      grid,
      zones,
      light,
      size: settings.objectSize,
      odd: has('envelope') ? foreground.odd : foreground.counts,
      unrest: unrest.level,
      persistence: has('persistence'),
      stillness: has('stillness'),
    });
    const unlearnt = castShadow.unlearnt(glow.unlearnt(foreground), foreground);
    const held = holdArrivals(unlearnt, foreground, followed, labels, grid);
    learnFrame(kernels.learn, luma, held, { frame, sinceMs, ageMs });
    return summarise(regions, at, ageMs < learningMs, changedPx / all);
  }

  return {
    observe,
    configure(next) {
      settings = next;
      zones = drawZones(next, grid, masked);
    },
    foreground: () => foreground.mask,
  };
}
