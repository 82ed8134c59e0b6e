/** Random numbers as a function of their place: the same seed and indices give the same number in any order. */

/** 0 to 1, exclusive of 1. */
export function noiseAt(seed: number, a: number, b = 0, c = 0): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  h = mix(h ^ Math.imul(a + 1, 0xc2b2ae35));
  h = mix(h ^ Math.imul(b + 1, 0x27d4eb2f));
  h = mix(h ^ Math.imul(c + 1, 0x165667b1));
  return (h >>> 0) / 4_294_967_296;
}

function mix(value: number): number {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return h ^ (h >>> 16);
}
