/** Runs the motion detector on the imager's luma frames and turns what it sees into beginnings and ends. */
import type { LumaFrame } from '../board.ts';
import { createMotionDetector, type MotionDetector } from '../vision/motion-detector.ts';
import { type GateEffect, type GateState, quietGate, stepGate } from '../vision/motion-gate.ts';
import type { LightMode, MotionSettings } from '../vision/motion-settings.ts';
import type { Observation } from '../vision/observation.ts';

export type MotionWatch = {
  look(frame: LumaFrame): readonly GateEffect[];
  configure(settings: MotionSettings): void;
  setLight(light: LightMode): void;
  light(): LightMode;
  latest(): Observation | null;
  moving(): boolean;
};

export function createMotionWatch(initial: MotionSettings): MotionWatch {
  let settings = initial;
  let light: LightMode = 'day';
  let gate: GateState = quietGate;
  let latest: Observation | null = null;
  let detector: MotionDetector | null = null;
  let size = '';
  return {
    look(frame) {
      const { widthPx, heightPx } = frame;
      if (detector === null || size !== `${widthPx}x${heightPx}`) {
        size = `${widthPx}x${heightPx}`;
        detector = createMotionDetector({ widthPx, heightPx, settings });
      }
      latest = detector.observe(frame.luma, frame.at, light);
      const step = stepGate(gate, latest, settings);
      gate = step.state;
      return step.effects;
    },
    configure(wanted) {
      settings = wanted;
      detector?.configure(wanted);
    },
    setLight(mode) {
      light = mode;
    },
    light: () => light,
    latest: () => latest,
    moving: () => gate.kind === 'moving',
  };
}
