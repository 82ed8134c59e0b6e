/** Real footage, cut into pieces of given lengths, from its beginning again when it is used up. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.join(import.meta.dirname, '../../fixtures/scenes/demo/footage.mp4');

export function footageBytes(lengths: readonly number[]): readonly Buffer[] {
  const footage = readFileSync(file);
  let at = 0;
  return lengths.map((length) => {
    if (at + length > footage.length) at = 0;
    const piece = footage.subarray(at, at + length);
    at += length;
    return piece;
  });
}
