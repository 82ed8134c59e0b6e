import { describe, expect, test } from 'vitest';
import { type ClipFacts, disposition } from '../../../cloud-stub/custody/disposition.ts';
import {
  capturesAtCommit,
  decideHold,
  endOfHold,
  type Hold,
  type HoldableClip,
  type HoldCommand,
  holdsOn,
} from '../../../cloud-stub/custody/holds.ts';
import { type HoldKind, holdKinds } from '../../../cloud-stub/custody/holds-policy.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, type EpochMs, later, milliseconds } from '../../../device/wire/time.ts';
import { clipOf, day, obeyed, placing, scope, ulid } from './holds-samples.ts';

const policy = ring2019.holds;
const decide = (hold: Hold | null, command: HoldCommand, now: EpochMs) =>
  decideHold(hold, command, policy, now);
const placed = (kind: HoldKind, now: EpochMs, n = 1): Hold =>
  obeyed(null, decide(null, placing(n, kind), now));
const released = (hold: Hold, now: EpochMs): Hold =>
  obeyed(hold, decide(hold, { name: 'release', because: 'released' }, now));
const justBefore = (at: EpochMs) => later(at, milliseconds(-1));

describe('placing a hold', () => {
  test.each<[string, Partial<HoldableClip>, 'held' | 'unheld' | 'left alone']>([
    ['a stored clip', {}, 'held'],
    ['a clip still arriving, the whole of it [HLD-2]', { possession: 'staged' }, 'held'],
    ['one under purge [HLD-6]', { possession: 'shredding' }, 'unheld'],
    ['one purged [HLD-7]', { possession: 'shredded' }, 'unheld'],
    ['one of another time', { earliestAt: day(31), latestAt: day(31) }, 'left alone'],
    ['one whose time is in doubt', { earliestAt: null, latestAt: day(31) }, 'held'],
  ])('%s', (_title, more, fate) => {
    const command = placing(1, 'court-order', [clipOf(7, more)]);
    const decision = decide(null, command, day(1));
    const event = decision.ok && decision.event?.name === 'hold-placed' ? decision.event : null;
    expect(event?.clips.length).toBe(fate === 'held' ? 1 : 0);
    expect(event?.unheld.length).toBe(fate === 'unheld' ? 1 : 0);
  });

  test('it reaches footage that its owner deleted, and keeps it past its end [HLD-2]', () => {
    const clip: ClipFacts = {
      possession: 'stored',
      recordedAt: day(0),
      expiresAt: day(60),
      userDeletedAt: day(3),
      accountClosedAt: null,
      planLapsedAt: null,
      abandonedAt: null,
    };
    const holds = holdsOn([placed('search-warrant', day(59))], day(60), policy, day(63));
    const { keep, purgeable, visible } = disposition(clip, ring2019, holds, day(63));
    expect([keep.because, purgeable.because, visible.because]).toEqual([
      'held',
      'kept',
      'user-deleted',
    ]);
  });

  test('of footage that is gone already it is a refusal that names what it was [HLD-7]', () => {
    const gone = clipOf(7, { possession: 'shredded' });
    expect(decide(null, placing(1, 'preservation-request', [gone]), day(61))).toEqual({
      ok: false,
      because: 'nothing-to-hold',
      unheld: [{ thing: gone.thing, clip: gone.clip, because: 'already-purged' }],
    });
  });

  test.each<[HoldKind, number | null]>([
    ['intake', 14],
    ['preservation-request', 90],
    ['eu-preservation', 60],
    ['search-warrant', null],
    ['court-order', null],
    ['litigation', null],
    ['backup-preservation', null],
  ])('%s holds %d days [HLD-4, HLD-5]', (kind, termDays) => {
    const hold = placed(kind, day(2));
    expect(hold.expiresAt).toBe(termDays === null ? null : day(2 + termDays));
    if (termDays === null) return;
    expect(endOfHold(hold, justBefore(day(2 + termDays)))).toBeNull();
    const lapsed = { at: day(2 + termDays), because: 'lapsed' };
    expect(endOfHold(hold, day(2 + termDays))).toEqual(lapsed);
  });

  test('a demand received on day 59 and reviewed on day 63 is not lost [HLD-4]', () => {
    const intake = placed('intake', day(59));
    expect(holdsOn([intake], day(60), policy, day(63)).holds).toEqual([intake.hold]);
  });

  test('the same placing twice is one; another under its id is refused [HLD-1]', () => {
    const hold = placed('court-order', day(1));
    expect(decide(hold, placing(1, 'court-order'), day(2))).toEqual({ ok: true, event: null });
    const other = { ...placing(1, 'court-order'), scope: { ...scope, to: null } };
    expect(decide(hold, other, day(2))).toMatchObject({ because: 'another-hold-has-this-id' });
  });

  test.each(holdKinds)('%s attaches to later commits only if it is continuing [HLD-3]', (kind) => {
    const hold = placed(kind, day(1));
    const isContinuing = kind === 'court-order' || kind === 'litigation';
    const next = clipOf(2, { earliestAt: day(4), latestAt: day(4) });
    expect(capturesAtCommit(hold, next, day(4))).toBe(isContinuing);
    const outside = clipOf(3, { earliestAt: day(31), latestAt: day(31) });
    expect(capturesAtCommit(hold, outside, day(31))).toBe(false);
    expect(capturesAtCommit(released(hold, day(3)), next, day(4))).toBe(false);
  });
});

describe('renewing a hold', () => {
  const hold = placed('preservation-request', day(0));
  const renewal = (request: string): HoldCommand => ({ name: 'renew', request });
  const renewed = obeyed(hold, decide(hold, renewal('a'), justBefore(day(90))));

  test('a preservation request is renewed once, before it lapses, for 90 days more [HLD-5]', () => {
    expect(renewed.expiresAt).toBe(day(180));
    expect(decide(renewed, renewal('b'), day(100))).toMatchObject({ because: 'renewals-used-up' });
    expect(decide(hold, renewal('a'), day(90))).toEqual({ ok: false, because: 'ended' });
  });

  test('the same renewed request counts once [HLD-1]', () => {
    expect(decide(renewed, renewal('a'), day(100))).toEqual({ ok: true, event: null });
  });

  test.each([
    'intake',
    'search-warrant',
    'court-order',
    'litigation',
    'backup-preservation',
  ] as const)('%s cannot be renewed', (kind) => {
    expect(decide(placed(kind, day(0)), renewal('a'), day(1))).toMatchObject({
      because: 'not-renewable',
    });
  });

  test('there must be one', () => {
    expect(decide(null, renewal('a'), day(1))).toEqual({ ok: false, because: 'no-such-hold' });
  });
});

describe('the end of a hold', () => {
  test('releasing one of two leaves the other; releasing twice is releasing once [HLD-1]', () => {
    const a = placed('court-order', day(1), 1);
    const b = placed('search-warrant', day(1), 2);
    const over = released(a, day(61));
    expect(holdsOn([over, b], day(60), policy, day(61)).holds).toEqual([ulid(2)]);
    const again = { name: 'release', because: 'released' } as const;
    expect(decide(over, again, day(70))).toEqual({ ok: true, event: null });
  });

  test.each<[HoldKind, number]>([
    ['intake', 0],
    ['preservation-request', 7],
    ['search-warrant', 30],
    ['court-order', 30],
    ['litigation', 30],
    ['eu-preservation', 7],
    ['backup-preservation', 30],
  ])('footage past its end outlives the release of %s by %i days [HLD-7]', (kind, graceDays) => {
    const hold = released(placed(kind, day(50)), day(61));
    expect(holdsOn([hold], day(60), policy, day(61)).graceUntil).toBe(day(61 + graceDays));
  });

  test.each([59, 60])('one that ended on day %i lengthened no life of 60 days [HLD-7]', (n) => {
    const hold = released(placed('court-order', day(1)), day(n));
    expect(holdsOn([hold], day(60), policy, day(60))).toMatchObject({ graceUntil: null });
  });

  test('a rejected intake does not cut short the grace of another hold [HLD-7]', () => {
    const order = released(placed('court-order', day(1), 1), day(70));
    const intake = placed('intake', day(69), 2);
    const rejected = obeyed(
      intake,
      decide(intake, { name: 'release', because: 'rejected' }, day(75)),
    );
    expect(holdsOn([rejected, order], day(60), policy, day(75)).graceUntil).toBe(day(100));
  });

  test('what had lapsed ended then, whenever it is released or put on record [HLD-5]', () => {
    const hold = placed('preservation-request', day(0));
    const ended = { at: day(90), because: 'lapsed' };
    for (const command of [
      { name: 'lapse' },
      { name: 'release', because: 'released' },
    ] satisfies HoldCommand[]) {
      expect(obeyed(hold, decide(hold, command, day(95))).ended).toEqual(ended);
    }
    expect(decide(hold, { name: 'lapse' }, justBefore(day(90)))).toEqual({ ok: true, event: null });
  });

  test('a term is counted to the millisecond', () => {
    const hold = placed('intake', day(0));
    const { holds } = holdsOn([hold], day(7), policy, later(day(0), milliseconds(days(14) - 1)));
    expect(holds).toEqual([hold.hold]);
    expect(holdsOn([hold], day(7), policy, day(14)).holds).toEqual([]);
  });
});
