/** The housing's moving parts: one button with several fingers, and what its light sensor switches. */
import type { Button, ButtonEdge, LightChange, LightSensors } from '../board.ts';
import type { UptimeMs } from '../wire/time.ts';

export type HousingState = {
  readonly pressed: boolean;
  readonly nightMode: boolean;
  readonly porchLight: boolean;
};
export type HousingChange = ButtonEdge | LightChange;

export class Housing {
  readonly button: Button = {
    onEdge: (listener) => {
      this.#edgeListeners.push(listener);
    },
  };
  readonly sensors: LightSensors = {
    onChange: (listener) => {
      this.#lightListeners.push(listener);
    },
  };
  readonly #edgeListeners: ((edge: ButtonEdge) => void)[] = [];
  readonly #lightListeners: ((change: LightChange) => void)[] = [];
  /** Fingers on the button: the footage's figure and whoever uses the panel may both press. */
  #fingers = 0;
  #nightMode = false;
  #porchLight = false;

  get state(): HousingState {
    return {
      pressed: this.#fingers > 0,
      nightMode: this.#nightMode,
      porchLight: this.#porchLight,
    };
  }

  press(at: UptimeMs): void {
    if (++this.#fingers === 1) this.#tellEdge({ kind: 'pressed', at });
  }

  release(at: UptimeMs): void {
    if (this.#fingers === 0) return;
    if (--this.#fingers === 0) this.#tellEdge({ kind: 'released', at });
  }

  switchLight(change: LightChange): void {
    if (change.kind === 'night-mode') {
      // Footage of a night says so each time it begins anew; the housing tells what changed.
      if (change.on === this.#nightMode) return;
      this.#nightMode = change.on;
    } else this.#porchLight = change.on;
    for (const listener of this.#lightListeners) listener(change);
  }

  #tellEdge(edge: ButtonEdge): void {
    for (const listener of this.#edgeListeners) listener(edge);
  }
}
