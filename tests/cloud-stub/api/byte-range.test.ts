import { describe, expect, it } from 'vitest';
import { byteRange, ifRangeHolds, noneMatch } from '../../../cloud-stub/api/byte-range.ts';

describe('the Range header of a thousand bytes', () => {
  const table: [string | undefined, ReturnType<typeof byteRange>][] = [
    [undefined, 'whole'],
    ['bytes=0-', { from: 0, to: 1000 }],
    ['bytes=0-0', { from: 0, to: 1 }],
    ['bytes=10-19', { from: 10, to: 20 }],
    ['Bytes=10-19', { from: 10, to: 20 }],
    ['bytes= 10-19 ', { from: 10, to: 20 }],
    ['bytes=999-', { from: 999, to: 1000 }],
    ['bytes=500-5000', { from: 500, to: 1000 }],
    ['bytes=-1', { from: 999, to: 1000 }],
    ['bytes=-5000', { from: 0, to: 1000 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=5000-6000', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=20-10', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=a-b', 'whole'],
    ['bytes=1-2,4-5', 'whole'],
    ['items=0-1', 'whole'],
    ['bytes=99999999999999999999-', 'whole'],
  ];
  it.each(table)('%s is %o', (header, expected) => {
    expect(byteRange(header, 1000)).toEqual(expected);
  });

  it('has no satisfiable range when there are no bytes', () => {
    expect(byteRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(byteRange('bytes=-1', 0)).toBe('unsatisfiable');
  });
});

it('a range stands only under the very tag of what is there', () => {
  expect(ifRangeHolds(undefined, '"a"')).toBe(true);
  expect(ifRangeHolds('"a"', '"a"')).toBe(true);
  expect(ifRangeHolds('"b"', '"a"')).toBe(false);
  expect(ifRangeHolds('W/"a"', '"a"')).toBe(false);
  expect(ifRangeHolds('Wed, 21 Oct 2026 07:28:00 GMT', '"a"')).toBe(false);
});

it('If-None-Match compares weakly and in lists', () => {
  expect(noneMatch('"x", W/"a"', '"a"')).toBe(true);
  expect(noneMatch('*', '"a"')).toBe(true);
  expect(noneMatch('"b"', '"a"')).toBe(false);
  expect(noneMatch(undefined, '"a"')).toBe(false);
});
