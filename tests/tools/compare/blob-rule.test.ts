import { describe, expect, test } from 'vitest';
import { blobShareMin, largestBlob } from '../../../tools/compare/blob-rule.ts';

/** A mask drawn in rows: `#` is foreground. */
function mask(...rows: readonly string[]) {
  const widthPx = rows[0]?.length ?? 0;
  const bytes = Uint8Array.from([...rows.join('')].map((sign) => (sign === '#' ? 255 : 0)));
  return largestBlob(bytes, widthPx, rows.length);
}

describe('the largest blob of a mask', () => {
  test('single pixels and lines are opened away', () => {
    expect(mask('#...#', '.....', '#####', '.....', '..#..')).toBeNull();
  });

  test('a square of three stays whole', () => {
    expect(mask('......', '.###..', '.###..', '.###..', '......')).toEqual({
      box: { x: 1 / 6, y: 1 / 5, width: 3 / 6, height: 3 / 5 },
      area: 9 / 30,
    });
  });

  test('of two the larger counts; corners connect', () => {
    const blob = mask(
      '###.......',
      '###.......',
      '###.......',
      '...###....',
      '...###....',
      '...###....',
      '.......###',
      '.......###',
      '.......###',
    );
    // The first two touch at a corner; the third has a column between.
    expect(blob).toEqual({
      box: { x: 0, y: 0, width: 6 / 10, height: 6 / 9 },
      area: 18 / 90,
    });
  });

  test('at the edge a blob needs no room beyond it', () => {
    expect(mask('##..', '##..', '....', '....')?.area).toBe(4 / 16);
  });

  test('the mask given is not changed', () => {
    const bytes = new Uint8Array(25).fill(255);
    largestBlob(bytes, 5, 5);
    expect(bytes).toEqual(new Uint8Array(25).fill(255));
  });

  test('0.15 % of 320 by 180 is 86 pixels and a half', () => {
    expect(blobShareMin * 320 * 180).toBeCloseTo(86.4);
  });
});
