/**
 * A lamp or the infrared filter changes the picture all at once, and not along one curve: what it shines on brightens,
 * shadows fall. It is told from a visitor who fills the picture by its suddenness, and by the texture that stays.
 */
import type { TextureVeto } from './texture.ts';

export type LightSwitch = {
  /** True when the picture must be taken anew as background. `changed` is the share that differs. */
  /** It settles: the tone curve would chase a light that is not the same everywhere. */
  readonly settling: boolean;
  /** It changed most of the picture at once, or the camera announced it. */
  readonly entire: boolean;
  step(changed: number, tally: TextureVeto['tally'], sinceMs: number): boolean;
  /** The camera itself says that its infrared filter moved. */
  announce(): void;
};

/** The share that must differ suddenly, and by how much more than over the last second. */
const changedMin = 0.12;
const jumpMin = 0.1;
const textureKeptMin = 0.4;
/** While it settles, exposure pumps and less texture is left to go by. */
const textureLeftMin = 0.15;
const texturedCellsMin = 40;
/** A share that no visitor covers within one frame. */
const wholeMin = 0.6;
/** A lamp reaches its brightness, and exposure follows, within this. */
const settleMs = 2_000;

export function createLightSwitch(): LightSwitch {
  let usual = 0;
  let remainingMs = 0;
  let announced = false;
  let last = 0;
  let whole = false;
  return {
    get settling() {
      return remainingMs > 0;
    },
    get entire() {
      return whole || announced;
    },
    announce() {
      announced = true;
      remainingMs = settleMs;
    },
    step(changed, tally, sinceMs) {
      remainingMs = Math.max(0, remainingMs - sinceMs);
      const textured = tally.same + tally.different;
      const kept = textured >= texturedCellsMin && tally.same >= textured * textureKeptMin;
      // Nobody walks in front of most of the picture between two frames.
      whole = changed - last >= wholeMin;
      last = changed;
      const sudden = whole || (changed >= changedMin && changed - usual >= jumpMin && kept);
      const left = tally.same >= textured * textureLeftMin;
      if (sudden) remainingMs = settleMs;
      if (remainingMs === 0) announced = false;
      const goesOn = remainingMs > 0 && changed >= changedMin / 2 && (announced || left);
      if (!sudden && !goesOn) usual += (changed - usual) * (sinceMs / (700 + sinceMs));
      return sudden || goesOn;
    },
  };
}
