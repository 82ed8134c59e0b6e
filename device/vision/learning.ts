/** When and how fast the background is learnt: in turns of rows, quickly at first. */
import type { Kernels } from './kernels.ts';

/** Nothing is told for so long after the first frame. */
export const learningMs = 1_000;
/** One picture teaches no more than this, however long the next one takes. */
export const sinceMsMax = 2_000;
const backgroundMs = 10_000;
/** A row is learnt this often, and four times as often at first. */
const updateEveryMs = 600;
const fastMs = 3_000;

export type Moment = { readonly frame: number; readonly sinceMs: number; readonly ageMs: number };

/** Learns the rows of a frame whose turn it is, but for the foreground. */
export function learnFrame(
  learn: Kernels['learn'],
  luma: Uint8Array,
  foreground: Uint8Array,
  { frame, sinceMs, ageMs }: Moment,
): void {
  const everyMs = ageMs < fastMs ? updateEveryMs >> 2 : updateEveryMs;
  const stride = Math.max(1, Math.min(16, Math.floor(everyMs / Math.max(1, sinceMs))));
  const dt = sinceMs * stride;
  const learning = ageMs < learningMs;
  const rates = {
    mean: share(dt, Math.min(backgroundMs, Math.max(250, ageMs))),
    deviation: share(2 * dt, Math.min(5_000, Math.max(500, ageMs >> 1))),
    withDeviation: learning || Math.floor(frame / stride) % 2 === 0,
    calm: Math.max(1, Math.round((2 * dt) / 120)),
    everything: learning,
  };
  learn(luma, foreground, rates, frame % stride, stride);
}

/** The share of a difference that a running mean with this time constant takes over in `dt`, in 1/4096. */
export const share = (dtMs: number, constantMs: number): number =>
  Math.min(4_096, Math.floor((dtMs * 4_096) / (constantMs + dtMs)));
