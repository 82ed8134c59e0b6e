/**
 * A lamp or the infrared filter changes the picture all at once, and not along one curve: what it shines on brightens,
 * shadows fall. It is told from a visitor who fills the picture by its suddenness, and by the texture that stays.
 */
import type { TextureVeto } from './texture.ts';

export type LightSwitch = {
  /** True when the picture must be taken anew as background. `changed` is the share that differs. */
  step(changed: number, tally: TextureVeto['tally'], sinceMs: number): boolean;
};

/** The share that must differ suddenly, and the share that differed before at most. */
const changedMin = 0.2;
const calmMax = 0.1;
const textureKeptMin = 0.35;
const texturedCellsMin = 40;
/** A lamp reaches its brightness, and exposure follows, within this. */
const settleMs = 1_000;

export function createLightSwitch(): LightSwitch {
  let usual = 0;
  let remainingMs = 0;
  return {
    step(changed, tally, sinceMs) {
      remainingMs = Math.max(0, remainingMs - sinceMs);
      const textured = tally.same + tally.different;
      const kept = textured >= texturedCellsMin && tally.same >= textured * textureKeptMin;
      const sudden = changed >= changedMin && usual <= calmMax && kept;
      if (sudden) remainingMs = settleMs;
      const goesOn = remainingMs > 0 && changed >= changedMin / 2 && kept;
      if (!sudden && !goesOn) usual += (changed - usual) * (sinceMs / (700 + sinceMs));
      return sudden || goesOn;
    },
  };
}
