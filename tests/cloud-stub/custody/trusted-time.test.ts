import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TimeClaim, trustedTime } from '../../../cloud-stub/custody/trusted-time.ts';
import {
  days,
  epochMs,
  hours,
  later,
  milliseconds,
  minutes,
  seconds,
  uptimeMs,
} from '../../../device/wire/time.ts';

const receivedAt = epochMs(Date.UTC(2026, 5, 1));
const ago = (ms: number) => epochMs(receivedAt - ms);
const windowMs = days(60);

const claim = (
  startedAt: number,
  atStart: number,
  now: number | null,
  synced: number | null,
): TimeClaim => ({
  startedAt: epochMs(startedAt),
  clock: {
    uptimeAtStartMs: uptimeMs(atStart),
    uptimeNowMs: now === null ? null : uptimeMs(now),
    syncedAtUptimeMs: synced === null ? null : uptimeMs(synced),
  },
});

describe('the trusted time of a clip [RET-5]', () => {
  test.each<
    [string, TimeClaim, boolean, { recordedAt: number; bound: number | null; because: string }]
  >([
    [
      'in the same boot the uptime tells, whatever the wall clock says',
      claim(0, seconds(100), seconds(130), null),
      true,
      { recordedAt: ago(seconds(30)), bound: ago(seconds(30)), because: 'uptime' },
    ],
    [
      'a wall clock years ahead buys nothing in the same boot',
      claim(later(receivedAt, days(3650)), 0, minutes(5), 0),
      true,
      { recordedAt: ago(minutes(5)), bound: ago(minutes(5)), because: 'uptime' },
    ],
    [
      'an opening sent in the very millisecond: the uptime tells, not the wall clock',
      claim(0, seconds(100), seconds(100), null),
      true,
      { recordedAt: receivedAt, bound: receivedAt, because: 'uptime' },
    ],
    [
      'a clock never set that claims exactly one window: it would be over, so it is not believed [RET-4]',
      claim(ago(windowMs), 0, null, null),
      false,
      { recordedAt: receivedAt, bound: null, because: 'receipt' },
    ],
    [
      'a clock never set that claims a millisecond less is',
      claim(ago(windowMs - 1), 0, null, null),
      false,
      { recordedAt: ago(windowMs - 1), bound: null, because: 'claim-unsynced' },
    ],
    [
      'offline for 70 days in one boot: 70 days old',
      claim(0, 0, days(70), null),
      true,
      { recordedAt: ago(days(70)), bound: ago(days(70)), because: 'uptime' },
    ],
    [
      'after a reboot a set clock is believed, back to when it was set',
      claim(ago(days(3)), hours(5), null, hours(1)),
      false,
      { recordedAt: ago(days(3)), bound: ago(days(3) + hours(4)), because: 'claim-synced' },
    ],
    [
      'a set clock can make a clip late',
      claim(ago(days(70)), hours(5), null, hours(1)),
      false,
      { recordedAt: ago(days(70)), bound: ago(days(70) + hours(4)), because: 'claim-synced' },
    ],
    [
      'a claim from the future ends at the receipt',
      claim(later(receivedAt, days(1)), hours(5), null, hours(5)),
      false,
      { recordedAt: receivedAt, bound: receivedAt, because: 'claim-synced' },
    ],
    [
      'a clock never set is believed within the window, without a bound',
      claim(ago(days(3)), hours(5), null, null),
      false,
      { recordedAt: ago(days(3)), bound: null, because: 'claim-unsynced' },
    ],
    [
      'a clock never set cannot make a clip late [RET-4]',
      claim(0, hours(5), null, null),
      false,
      { recordedAt: receivedAt, bound: null, because: 'receipt' },
    ],
    [
      "an uptime that ran backwards is another boot's",
      claim(ago(days(3)), hours(5), hours(1), hours(1)),
      true,
      { recordedAt: ago(days(3)), bound: ago(days(3) + hours(4)), because: 'claim-synced' },
    ],
    [
      'an uptime of a later boot says nothing',
      claim(ago(days(3)), hours(5), hours(6), hours(1)),
      false,
      { recordedAt: ago(days(3)), bound: ago(days(3) + hours(4)), because: 'claim-synced' },
    ],
    [
      'a sync after the recording began vouches for nothing',
      claim(0, hours(5), null, hours(6)),
      false,
      { recordedAt: receivedAt, bound: null, because: 'receipt' },
    ],
  ])('%s', (_title, each, sameBoot, { recordedAt, bound, because }) => {
    expect(trustedTime(each, { receivedAt, sameBoot, windowMs })).toEqual({
      recordedAt,
      boundLowerAt: bound,
      errorMs: each.startedAt - recordedAt,
      because,
    });
  });

  test('it is never after the receipt nor before its bound, and without a bound never late', () => {
    const anyUptime = fc.integer({ min: 0, max: days(100) });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: receivedAt * 2 }),
        anyUptime,
        fc.option(anyUptime, { nil: null }),
        fc.option(anyUptime, { nil: null }),
        fc.boolean(),
        (startedAt, atStart, now, synced, sameBoot) => {
          const each = claim(startedAt, atStart, now, synced);
          const time = trustedTime(each, { receivedAt, sameBoot, windowMs });
          expect(time.recordedAt).toBeLessThanOrEqual(receivedAt);
          if (time.boundLowerAt === null) {
            expect(later(time.recordedAt, windowMs)).toBeGreaterThan(receivedAt);
          } else {
            expect(time.boundLowerAt).toBeLessThanOrEqual(time.recordedAt);
          }
          expect(later(time.recordedAt, milliseconds(time.errorMs))).toBe(startedAt);
        },
      ),
    );
  });
});
