/** One piece of footage through the detector and the gate, compared with its truth as it passes. */

import type { Mechanism } from '../../device/vision/mechanisms.ts';
import { createMotionDetector } from '../../device/vision/motion-detector.ts';
import type { LightMode, MotionSettings } from '../../device/vision/motion-settings.ts';
import type { Observation } from '../../device/vision/observation.ts';
import type { UptimeMs } from '../../device/wire/time.ts';
import type { MaskView } from './confusion.ts';
import type { Footage } from './footage.ts';
import { createFootageScorer, type FootageScore, type FrameResult } from './footage-scorer.ts';
import { type LumaPicture, readLuma } from './luma-frames.ts';
import { expectFit, expectMaskFit, expectPictureFit } from './truth-fit.ts';

export type RunOptions = {
  readonly settings: MotionSettings;
  /** False alarms do not count before this. */
  readonly learningMs: number;
  readonly without?: readonly Mechanism[];
  /** Changes each picture before the detector sees it, truth unchanged. */
  readonly stress?: (picture: LumaPicture) => LumaPicture | Promise<LumaPicture>;
  /** Another detector than the project's own. */
  readonly watcher?: OpenWatcher;
  readonly onFrame?: (frame: FrameResult) => void | Promise<void>;
};

/** Whatever looks at frames one after the other and says where something moves. */
export type Watcher = {
  observe(luma: Uint8Array, at: UptimeMs, light: LightMode): Observation | Promise<Observation>;
  /** The foreground of the frame observed last, 0 or more a pixel. */
  foreground(): Uint8Array;
  close?(): Promise<void>;
};
export type OpenWatcher = (
  widthPx: number,
  heightPx: number,
  settings: MotionSettings,
) => Watcher | Promise<Watcher>;

export type WatchOptions = {
  readonly signal?: AbortSignal;
  /** Told after each frame how many there were. */
  readonly onProgress?: (frames: number) => void;
};

/** Throws FootageError when the footage cannot be read or its truth is of something else. */
export async function scoreFootage(
  footage: Footage,
  options: RunOptions & WatchOptions,
): Promise<FootageScore> {
  const [score] = await scoreTogether(footage, [options], options);
  if (score === undefined) throw new Error('one run gives one score');
  return score;
}

/** Several runs over footage that is decoded once; scores in the order of the runs. */
export async function scoreTogether(
  footage: Footage,
  runs: readonly RunOptions[],
  options: WatchOptions = {},
): Promise<readonly FootageScore[]> {
  const { masks } = footage.truth;
  const scorers = runs.map((run) =>
    createFootageScorer(footage, withRegion(run.settings, footage), run.learningMs),
  );
  const watchers: Watcher[] = [];
  const notes: string[] = [...footage.notes];
  const onNote = (note: string): void => void notes.push(note);
  const timesMs: number[] = [];
  const startedAt = performance.now();
  try {
    const reading = { signal: options.signal, onNote, lends: true };
    for await (const picture of readLuma(footage.source, reading)) {
      if (picture.index === 0) {
        expectPictureFit(footage, picture);
        for (const run of runs) watchers.push(await openWatcher(run, picture, footage));
      }
      const mask = (await masks?.maskOf(picture.index)) ?? null;
      if (mask !== null) expectMaskFit(footage, picture, mask);
      timesMs.push(picture.atMs);
      await Promise.all(
        runs.map((run, i) => {
          const [scorer, watcher] = [scorers[i], watchers[i]];
          if (scorer === undefined || watcher === undefined) return null;
          return watch(picture, mask, { run, scorer, watcher, light: footage.truth.light });
        }),
      );
      options.onProgress?.(timesMs.length);
    }
    notes.push(...(await expectFit(footage, timesMs.length)));
    const wholeMs = performance.now() - startedAt;
    return scorers.map((scorer) => scorer.finish({ timesMs, wholeMs, notes }));
  } finally {
    await masks?.close();
    await Promise.all(watchers.map((watcher) => watcher.close?.()));
  }
}

type Watched = {
  readonly run: RunOptions;
  readonly scorer: ReturnType<typeof createFootageScorer>;
  readonly watcher: Watcher;
  readonly light: (frame: number) => LightMode;
};

async function watch(
  decoded: LumaPicture,
  mask: MaskView | null,
  { run, scorer, watcher, light }: Watched,
): Promise<void> {
  const picture = (await run.stress?.(decoded)) ?? decoded;
  const at = Math.round(picture.atMs) as UptimeMs;
  const before = performance.now();
  const observed = watcher.observe(picture.luma, at, light(picture.index));
  const observation = observed instanceof Promise ? await observed : observed;
  const detectorMs = performance.now() - before;
  const foreground = watcher.foreground();
  const result = scorer.see({ picture, observation, foreground, mask, detectorMs });
  await run.onFrame?.(result);
}

async function openWatcher(
  run: RunOptions,
  { widthPx, heightPx }: LumaPicture,
  footage: Footage,
): Promise<Watcher> {
  const settings = withRegion(run.settings, footage);
  if (run.watcher !== undefined) return run.watcher(widthPx, heightPx, settings);
  const without = run.without === undefined ? {} : { without: run.without };
  return createMotionDetector({ widthPx, heightPx, settings, ...without });
}

/** Labels that speak of one region only are compared with a detector that looks only there. */
function withRegion(settings: MotionSettings, footage: Footage): MotionSettings {
  const { region } = footage.truth;
  if (region === null) return settings;
  const { x, y, width, height } = region;
  const polygon = [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
  const zone = { name: 'labelled region', kind: 'include', polygon, sensitivity: null } as const;
  return { ...settings, zones: [...settings.zones, zone] };
}
