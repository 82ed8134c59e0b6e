/** What the housing senses by itself: night mode chooses the detector's night set. */
import type { Board } from '../board.ts';
import type { MotionWatch } from './motion-watch.ts';
import type { Recorder } from './recorder.ts';

export type Lights = { start(): void; porchLight(): boolean; stop(): void };

export function createLights(
  board: Pick<Board, 'sensors'>,
  recorder: Recorder,
  motion: MotionWatch,
): Lights {
  let running = false;
  let porchLight = false;
  return {
    porchLight: () => porchLight,
    start() {
      running = true;
      board.sensors.onChange(({ kind, on, at }) => {
        if (!running) return;
        if (kind === 'night-mode') motion.setLight(on ? 'night' : 'day');
        else porchLight = on;
        void recorder.note({ kind, at, data: { on } }, 'running');
      });
    },
    stop() {
      running = false;
    },
  };
}
