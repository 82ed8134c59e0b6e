/** The button: a ring on the first edge, and afterwards what kind of press it was. */
import type { Board, Timer } from '../board.ts';
import {
  type ButtonEffect,
  type ButtonInput,
  type ButtonSettings,
  buttonWakeAt,
  restingButton,
  stepButton,
} from '../core/button.ts';
import { between, milliseconds, type UptimeMs } from '../wire/time.ts';
import type { MediaTime } from './media-time.ts';
import type { Recorder } from './recorder.ts';

export type BellButton = {
  start(): void;
  configure(settings: ButtonSettings): void;
  stop(): void;
};

export function createBellButton(
  board: Pick<Board, 'button' | 'clock'>,
  recorder: Recorder,
  time: MediaTime,
  initial: ButtonSettings,
): BellButton {
  const { button, clock } = board;
  let settings = initial;
  let state = restingButton;
  let timer: Timer | null = null;
  let running = false;

  function feed(input: ButtonInput): void {
    const step = stepButton(state, input, settings);
    state = step.state;
    for (const effect of step.effects) carryOut(effect);
    timer?.cancel();
    const wakeAt = buttonWakeAt(state, settings);
    timer = wakeAt === null ? null : wake(wakeAt, input.at);
  }

  /** In the button's own time, which a replay lets run ahead of the clock. */
  function wake(wakeAt: UptimeMs, at: UptimeMs): Timer {
    const delay = milliseconds(Math.max(0, between(at, wakeAt)));
    return clock.setTimer('button', delay, () => feed({ kind: 'tick', at: wakeAt }));
  }

  function carryOut(effect: ButtonEffect): void {
    const at = time.onMedia(effect.at);
    switch (effect.kind) {
      case 'ding':
        recorder.feed({ kind: 'trigger', trigger: 'ding', at }, { kind: 'ding', at, data: {} });
        return;
      case 'press': {
        const { press, heldMs } = effect;
        void recorder.note({ kind: 'button', at, data: { press, heldMs } });
      }
    }
  }

  return {
    start() {
      running = true;
      button.onEdge(({ kind, at }) => {
        if (running) feed({ kind: 'edge', level: kind, at });
      });
    },
    configure(wanted) {
      settings = wanted;
    },
    stop() {
      running = false;
      timer?.cancel();
    },
  };
}
