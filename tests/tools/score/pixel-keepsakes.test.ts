import { expect, test } from 'vitest';
import { createPixelKeepsakeBook } from '../../../tools/score/pixel-keepsakes.ts';

test('what is kept of a frame is not what becomes of its memory', () => {
  const luma = new Uint8Array(4).fill(7);
  const foreground = new Uint8Array(4).fill(255);
  const size = { widthPx: 2, heightPx: 2 };
  const picture = { ...size, index: 3, framesPerSecond: 25, atMs: 120, luma };
  const mask = { ...size, bytes: new Uint8Array(4) };
  const counts = {
    truePositive: 0,
    falsePositive: 4,
    falseNegative: 0,
    trueNegative: 0,
    onShadow: 0,
  };
  const book = createPixelKeepsakeBook();
  book.see({ picture, regions: [], truth: [], foreground, mask, region: null, counts });
  luma.fill(0);
  foreground.fill(0);
  const [kept] = book.worst();
  expect([kept?.picture.luma, kept?.foreground]).toEqual([
    new Uint8Array(4).fill(7),
    new Uint8Array(4).fill(255),
  ]);
});
