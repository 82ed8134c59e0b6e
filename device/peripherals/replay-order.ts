/**
 * Merges luma and fragments by media time. They come out of ffmpeg by two ways that run ahead of each other by
 * chance, and a replay must not depend on chance.
 */
import { Mp4Error } from '../wire/mp4-boxes.ts';
import { limits } from './limits.ts';

type Held = { readonly ms: number; readonly handOn: () => void };

export class ReplayOrder {
  /** By the time of the picture. */
  readonly #luma: Held[] = [];
  /** By the time of the end: a fragment is there once it is over. */
  readonly #fragments: Held[] = [];
  #lumaMs = -1;
  #videoMs = -1;

  takeLuma(ms: number, handOn: () => void): void {
    this.#lumaMs = ms;
    this.#luma.push({ ms, handOn });
    this.#release();
  }

  takeFragment(endMs: number, handOn: () => void): void {
    this.#fragments.push({ ms: endMs, handOn });
    this.#release();
  }

  /** The encoder has come this far: every fragment that ends by then has been taken, or is taken next. */
  sawVideo(ms: number): void {
    // Strictly before: the fragment that this picture ends is taken only after it.
    this.#videoMs = ms;
    this.#release();
  }

  /** Hands on all that is left. */
  end(): void {
    this.#lumaMs = Number.POSITIVE_INFINITY;
    this.#videoMs = Number.POSITIVE_INFINITY;
    this.#release();
  }

  /** Throws Mp4Error when one way has come to a stand while the other runs on. */
  #release(): void {
    for (;;) {
      const luma = this.#luma[0];
      const fragment = this.#fragments[0];
      if (fragment !== undefined && fragment.ms <= (luma?.ms ?? this.#lumaMs)) {
        this.#fragments.shift();
        fragment.handOn();
      } else if (luma !== undefined && luma.ms < this.#videoMs) {
        this.#luma.shift();
        luma.handOn();
      } else break;
    }
    if (this.#luma.length > limits.heldLumaMax) {
      throw new Mp4Error(`the encoder is ${this.#luma.length} analysis pictures behind`);
    }
  }
}
