import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseNumberCharsMax, readCaseNumbers } from '../../../cloud-stub/legal/case-numbers.ts';

describe("an agency's pattern of case numbers [LEG-3] V17", () => {
  test.each([
    [String.raw`\d{2}-\d{6}`, '26-001234', '26-00123'],
    [String.raw`\d{4}[A-Z]?/\d+`, '2026B/7', '2026b/7'],
    [String.raw`(?:CR|CV|GJ)-\d{3,6}`, 'GJ-0042', 'XX-0042'],
    [String.raw`No\. .*`, 'No. 7', 'No 7'],
    ['', '', '1'],
  ])('%s takes %s and not %s', (text, good, bad) => {
    const reading = readCaseNumbers(text);
    const tried = (number: string) => reading.ok && reading.pattern.test(number);
    expect([tried(good), tried(bad)]).toEqual([true, false]);
  });

  test.each([
    [String.raw`(\d+)+`, 'repeats no single character'],
    ['(?:a|a)*', 'repeats no single character'],
    [String.raw`(?=\d)\d`, 'repeats no single character'],
    [String.raw`(\d)-\1`, 'is none of'],
    ['[a-', 'is none of'],
    [String.raw`\d*\d*\d*\d*x?`, 'it has 5 alternatives'],
    [String.raw`\d+?`, 'is none of'],
    ['(a', 'no regular expression'],
    ['a)(b', 'no regular expression'],
    ['a{3,1}', 'no regular expression'],
  ])('%s is refused: %s', (text, because) => {
    expect(readCaseNumbers(text)).toEqual({ ok: false, because: expect.stringContaining(because) });
  });

  test('is tried on any case number in few steps, however it was written', () => {
    const piece = fc.constantFrom(
      'a',
      '.',
      '[ab]',
      'a*',
      '.*',
      'a+',
      '(a|.)',
      '(?:a*)',
      'a{1,60}',
      'a{2}',
    );
    const numbers = fc.constantFrom('a', 'ab').map((each) => `${each.repeat(64).slice(0, 63)}!`);
    let taken = 0;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), numbers, (pieces, number) => {
        const reading = readCaseNumbers(`${pieces.join('')}x`);
        if (!reading.ok) return;
        taken++;
        expect(number).toHaveLength(caseNumberCharsMax);
        // A million steps at the most; what is not bounded would not end before the test's own limit.
        expect(reading.pattern.test(number)).toBe(false);
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(30);
  });
});
