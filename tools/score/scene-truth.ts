/** The project's own scenes (fixtures/scenes): boxes, masks, events and the light, from the files beside them. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Box } from '../../device/vision/observation.ts';
import {
  FOOTAGE_FILE,
  MASK,
  MASKS_FILE,
  readMasks,
  readScript,
  readTruth,
  SCRIPT_FILE,
  type Truth as SceneTruth,
  type Script,
  TRUTH_FILE,
} from '../fixtures/scene-files.ts';
import { type MaskView, truthLevel } from './confusion.ts';
import type { BoxTruth, Footage, MaskTruth } from './footage.ts';
import type { TruthInterval } from './interval-truth.ts';

export async function isSceneFolder(folder: string): Promise<boolean> {
  return (await stat(path.join(folder, TRUTH_FILE)).catch(() => null)) !== null;
}

export type SceneOptions = {
  /** Null takes the rate that the truth says. */
  readonly framesPerSecond: number | null;
  readonly analysisWidthPx: number;
};

export async function openScene(folder: string, options: SceneOptions): Promise<Footage> {
  const has = async (name: string): Promise<boolean> =>
    (await stat(path.join(folder, name)).catch(() => null)) !== null;
  const scene = await readTruth(folder);
  // Truth of one's own may be boxes alone.
  const script = (await has(SCRIPT_FILE)) ? await readScript(folder) : null;
  const masks = (await has(MASKS_FILE)) ? masksOf(folder, scene) : null;
  return {
    name: scene.name,
    category: path.basename(path.dirname(path.resolve(folder))),
    source: {
      path: path.join(folder, FOOTAGE_FILE),
      images: null,
      framesPerSecond: options.framesPerSecond ?? scene.framesPerSecond,
      analysisWidthPx: options.analysisWidthPx,
    },
    truth: {
      frames: scene.frames,
      intervals: intervalsOf(scene),
      region: null,
      boxes: boxesOf(scene),
      masks,
      light: lightOf(scene, script),
    },
    notes: [],
  };
}

function intervalsOf(scene: SceneTruth): readonly TruthInterval[] {
  const events = scene.events.map((event) => ({
    start: event.startFrame,
    end: event.endFrame,
    label: event.label,
    moving: true,
    tolerance: 0,
    onsetFrom: event.firstVisible,
  }));
  const quiet = scene.quiet.map(([start, end]) => ({
    start,
    end,
    label: 'NO_MOTION',
    moving: false,
    tolerance: 0,
    onsetFrom: null,
  }));
  return [...events, ...quiet].sort((a, b) => a.start - b.start);
}

function boxesOf(scene: SceneTruth): BoxTruth {
  const byFrame = new Map<number, Box[]>();
  for (const object of scene.objects) {
    for (const [frame, x, y, width, height] of object.frames) {
      const boxes = byFrame.get(frame) ?? [];
      boxes.push({ x, y, width, height });
      byFrame.set(frame, boxes);
    }
  }
  return (frame) => byFrame.get(frame) ?? [];
}

function masksOf(folder: string, scene: SceneTruth): MaskTruth {
  const masks = readMasks(folder);
  const { widthPx, heightPx } = scene.analysis;
  return {
    region: null,
    maskOf: async (): Promise<MaskView | null> => {
      const next = await masks.next();
      return next.done === true ? null : { bytes: toCdnet(next.value), widthPx, heightPx };
    },
    // That there are as many as frames is checked by the readers.
    misfit: async () => null,
    close: async () => {
      await masks.return(undefined);
    },
  };
}

const levels = new Uint8Array(4);
levels[MASK.still] = truthLevel.background;
levels[MASK.light] = truthLevel.shadow;
levels[MASK.unknown] = truthLevel.unknown;
levels[MASK.moving] = truthLevel.moving;

/** In place: a mask is read for this alone. */
function toCdnet(mask: Uint8Array): Uint8Array {
  for (let i = 0; i < mask.length; i++) mask[i] = levels[(mask[i] ?? 0) & 3] ?? 0;
  return mask;
}

function lightOf(scene: SceneTruth, script: Script | null): (frame: number) => 'day' | 'night' {
  const switches = (script?.actions ?? []).flatMap((action) =>
    action.do === 'night-mode' ? [action] : [],
  );
  return (frame) => {
    const atMs = (frame * 1000) / scene.framesPerSecond;
    return switches.findLast((action) => action.atMs <= atMs)?.on === true ? 'night' : 'day';
  };
}
