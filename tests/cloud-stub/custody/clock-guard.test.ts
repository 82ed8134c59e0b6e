import { describe, expect, test } from 'vitest';
import { judgeRun, judgeStart } from '../../../cloud-stub/custody/clock-guard.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, epochMs, hours, later, milliseconds, minutes } from '../../../device/wire/time.ts';

const entryAt = epochMs(Date.UTC(2026, 0, 1));

describe('the clock [RET-8]', () => {
  test.each<[string, number, boolean]>([
    ['at the last entry', 0, true],
    ['a day after it', days(1), true],
    ['seven days after it', days(7), true],
    ['a millisecond more', days(7) + 1, false],
    ['a millisecond before it', -1, false],
    ['years before it', -days(3000), false],
  ])('at start, %s: trusted %s', (_title, ms, trusted) => {
    const now = later(entryAt, milliseconds(ms));
    expect(judgeStart(now, entryAt, ring2019).trusted).toBe(trusted);
  });

  test('at the first start of all there is nothing to judge by', () => {
    expect(judgeStart(epochMs(0), null, ring2019)).toEqual({ trusted: true });
  });

  test.each<[string, number, number, boolean]>([
    ['both moved alike', hours(50), hours(50), true],
    ['neither moved', 0, 0, true],
    ['the wall clock gained five minutes', hours(1) + minutes(5), hours(1), true],
    ['the wall clock gained more', hours(1) + minutes(5) + 1, hours(1), false],
    ['the wall clock lost more', hours(1) - minutes(5) - 1, hours(1), false],
    ['the machine slept', hours(9), hours(1), false],
  ])('within a run, %s', (_title, wallMs, monotonicMs, trusted) => {
    const good = { now: entryAt, monotonic: milliseconds(1000) };
    const reading = {
      now: later(entryAt, milliseconds(wallMs)),
      monotonic: milliseconds(1000 + monotonicMs),
    };
    expect(judgeRun(good, reading, ring2019).trusted).toBe(trusted);
  });

  test('a doubt says what the clock says', () => {
    expect(judgeStart(later(entryAt, milliseconds(-1)), entryAt, ring2019)).toEqual({
      trusted: false,
      because: 'the clock says 2025-12-31T23:59:59.999Z, before the last entry of the ledger',
    });
  });
});
