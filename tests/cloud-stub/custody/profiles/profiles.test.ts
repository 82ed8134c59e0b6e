import { describe, expect, test } from 'vitest';
import { disposition } from '../../../../cloud-stub/custody/disposition.ts';
import { readPolicy } from '../../../../cloud-stub/custody/policy.ts';
import { eu } from '../../../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, epochMs, later } from '../../../../device/wire/time.ts';

const recordedAt = epochMs(Date.UTC(2026, 0, 1));
const day = (n: number) => later(recordedAt, days(n));

describe.each([
  {
    policy: ring2019,
    window: 60,
    deletedEnds: 60,
    lapsedEnds: 2,
    intake: 14,
    warrantGrace: 30,
    rest: [60, 180, 90, 30],
  },
  {
    policy: privacyFirst,
    window: 7,
    deletedEnds: 1,
    lapsedEnds: 3,
    intake: 7,
    warrantGrace: 0,
    rest: [7, 30, 14, 7],
  },
  {
    policy: eu,
    window: 30,
    deletedEnds: 1,
    lapsedEnds: 9,
    intake: 10,
    warrantGrace: 7,
    rest: [30, 90, 30, 14],
  },
])(
  'the profile $policy.name',
  ({ policy, window, deletedEnds, lapsedEnds, intake, warrantGrace, rest }) => {
    const endOf = (more: { userDeletedAt?: typeof recordedAt; planLapsedAt?: typeof recordedAt }) =>
      disposition(
        {
          possession: 'stored',
          recordedAt,
          expiresAt: later(recordedAt, policy.clipWindowMs),
          userDeletedAt: null,
          accountClosedAt: null,
          planLapsedAt: null,
          abandonedAt: null,
          ...more,
        },
        policy,
        { readable: true, holds: [], leases: [], graceUntil: null },
        day(2),
      ).deletion?.at;

    test('a clip left alone, deleted on day 1, of a plan lapsed on day 2 [RET-3, DEL-2]', () => {
      expect([
        endOf({}),
        endOf({ userDeletedAt: day(1) }),
        endOf({ planLapsedAt: day(2) }),
      ]).toEqual([day(window), day(deletedEnds), day(lapsedEnds)]);
    });

    test('windows of events, access records, bags and backups [RET-10]', () => {
      const { eventWindowMs, accessWindowMs, bagWindowMs, backupWindowMs } = policy;
      expect([eventWindowMs, accessWindowMs, bagWindowMs, backupWindowMs]).toEqual(rest.map(days));
    });

    test('its numbers for holds [HLD-4, HLD-7]', () => {
      expect(policy.holds.intakeMs).toBe(days(intake));
      expect(policy.holds.graceMs['search-warrant']).toBe(days(warrantGrace));
    });

    test('it reads as a file of the same shape would; without its holds it does not', () => {
      expect(readPolicy(JSON.parse(JSON.stringify(policy)))).toEqual({ ok: true, policy });
      const { holds: _, ...without } = policy;
      expect(readPolicy(without)).toMatchObject({
        ok: false,
        because: expect.stringContaining('holds'),
      });
    });
  },
);
