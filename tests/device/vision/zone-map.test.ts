import { describe, expect, test } from 'vitest';
import { divideIntoCells } from '../../../device/vision/cell-grid.ts';
import { motionSettingsSchema } from '../../../device/vision/motion-settings.ts';
import { drawZones } from '../../../device/vision/zone-map.ts';

const upTo = (x: number, y: number) => [
  { x: 0, y: 0 },
  { x, y: 0 },
  { x, y },
  { x: 0, y },
];
const from = (x: number) => [
  { x, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x, y: 1 },
];
const grid = divideIntoCells(160, 80);

function draw(settings: object, masked = new Uint8Array(160 * 80)) {
  return drawZones(motionSettingsSchema.parse(settings), grid, masked);
}

describe('zones that overlap', () => {
  const zone = { kind: 'include' };
  const zones = [
    { ...zone, name: 'path', polygon: upTo(0.6, 1), sensitivity: { day: 3, night: 8 } },
    { ...zone, name: 'door', polygon: from(0.4), sensitivity: { day: 7, night: 2 } },
  ];
  const map = draw({ zones, sensitivity: { day: 5, night: 5 } });
  const at = (x: number) => 20 * grid.columns + Math.floor(x * grid.columns);

  test.each([
    ['the first alone', 0.2, 1, 3, 8],
    ['both, of which the more sensitive wins', 0.5, 3, 7, 8],
    ['the second alone', 0.8, 2, 7, 2],
  ])('%s', (_where, x, bits, day, night) => {
    expect(map.names).toEqual(['path', 'door']);
    const cell = at(x);
    const { zoneBits, sensitivity } = map;
    expect([zoneBits[cell], sensitivity.day[cell], sensitivity.night[cell]]).toEqual([
      bits,
      day,
      night,
    ]);
  });
});

test('a zone reaches as far over cells that overhang the picture as over the picture', () => {
  const odd = divideIntoCells(161, 91);
  const polygon = upTo(0.997, 0.99);
  const zones = [{ name: 'all but the rim', kind: 'include', polygon, sensitivity: null }];
  const settings = motionSettingsSchema.parse({ zones });
  const { counted } = drawZones(settings, odd, new Uint8Array(161 * 91));
  const rows = Array.from({ length: odd.rows }, (_, row) =>
    counted.subarray(row * odd.columns, (row + 1) * odd.columns).reduce((sum, n) => sum + n, 0),
  );
  expect([odd.columns, odd.rows]).toEqual([81, 46]);
  expect(rows).toEqual([...Array(45).fill(80), 0]);
});

test('masks are drawn anew each time, and none is none', () => {
  const masked = new Uint8Array(160 * 80);
  expect(draw({ masks: [upTo(0.5, 1)] }, masked).anyMasked).toBe(true);
  expect(masked.reduce((sum, n) => sum + n, 0)).toBe(80 * 80);
  expect(draw({ masks: [] }, masked).anyMasked).toBe(false);
  expect(masked.includes(1)).toBe(false);
});
