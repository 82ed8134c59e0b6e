/** The laws of holds over random histories, against a second, naive account of the same rules. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClipFacts, disposition } from '../../../cloud-stub/custody/disposition.ts';
import {
  capturesAtCommit,
  decideHold,
  endOfHold,
  evolveHold,
  type Hold,
  type HoldCommand,
  holdsOn,
} from '../../../cloud-stub/custody/holds.ts';
import { type HoldKind, holdKinds } from '../../../cloud-stub/custody/holds-policy.ts';
import { eu } from '../../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days, type EpochMs } from '../../../device/wire/time.ts';
import { clipOf, day, placing } from './holds-samples.ts';

type Step = { readonly atDay: number; readonly n: number; readonly command: HoldCommand };

const anyKind = fc.constantFrom(...holdKinds);
const anyPolicy = fc.constantFrom(ring2019, privacyFirst, eu);
const anyCommand = (n: number): fc.Arbitrary<HoldCommand> =>
  fc.oneof(
    anyKind.map((kind) => placing(n, kind)),
    fc.constantFrom('a', 'b', 'c').map((request) => ({ name: 'renew' as const, request })),
    fc.constant({ name: 'release' as const, because: 'released' as const }),
    fc.constant({ name: 'lapse' as const }),
  );
const anyHistory: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc
      .tuple(fc.integer({ min: 0, max: 250 }), fc.integer({ min: 1, max: 3 }))
      .chain(([atDay, n]) => anyCommand(n).map((command) => ({ atDay, n, command }))),
    { maxLength: 14 },
  )
  .map((steps) => steps.toSorted((a, b) => a.atDay - b.atDay));

const clip: ClipFacts = {
  possession: 'stored',
  recordedAt: day(0),
  expiresAt: day(60),
  userDeletedAt: null,
  accountClosedAt: null,
  planLapsedAt: null,
  abandonedAt: null,
};

type Holds = ReadonlyMap<number, Hold>;
function take(holds: Holds, { n, atDay, command }: Step, policy = ring2019): Holds {
  const before = holds.get(n) ?? null;
  const decision = decideHold(before, command, policy.holds, day(atDay));
  return decision.ok && decision.event !== null
    ? new Map([...holds, [n, evolveHold(before, decision.event)]])
    : holds;
}
const play = (history: readonly Step[], policy = ring2019): Holds =>
  history.reduce<Holds>((holds, step) => take(holds, step, policy), new Map());

/** Naive: every hold is a list of days on which it holds, written from the rules' words alone. */
function heldDays(history: readonly Step[], intakeDays: number): Map<number, Set<number>> {
  const held = new Map<number, Set<number>>();
  const kinds = new Map<number, HoldKind>();
  const renewed = new Map<number, Set<string>>();
  for (const { n, atDay, command } of history) {
    const its = held.get(n);
    if (command.name === 'place' && its === undefined) {
      const termDays = {
        intake: intakeDays,
        'preservation-request': 90,
        'eu-preservation': 60,
        'search-warrant': 999,
        'court-order': 999,
        litigation: 999,
        'backup-preservation': 999,
      }[command.kind];
      held.set(n, new Set(Array.from({ length: termDays }, (_, i) => atDay + i)));
      kinds.set(n, command.kind);
    } else if (command.name === 'renew' && its?.has(atDay)) {
      const more = { 'preservation-request': 90, 'eu-preservation': 30 }[kinds.get(n) as string];
      if (more === undefined || renewed.has(n)) continue;
      renewed.set(n, new Set([command.request]));
      const last = Math.max(...its);
      for (let i = 1; i <= more; i++) its.add(last + i);
    } else if (command.name === 'release' && its !== undefined) {
      for (const each of [...its]) if (each >= atDay) its.delete(each);
    }
  }
  return held;
}

const protects = (holds: readonly Hold[], now: EpochMs, policy = ring2019): boolean =>
  holdsOn(holds, day(0), policy.holds, now).holds.length > 0;

describe('the laws of holds', () => {
  test('on every day the holds in force are those of the naive account [HLD-1, HLD-5]', () => {
    fc.assert(
      fc.property(anyHistory, anyPolicy, fc.nat(400), (history, policy, n) => {
        // The past of a day is settled: only what was done by then counts.
        const past = history.filter(({ atDay }) => atDay <= n);
        const intakeDays = policy.holds.intakeMs / days(1);
        const expected = [...heldDays(past, intakeDays)].filter(([, its]) => its.has(n)).length;
        const attached = [...play(past, policy).values()];
        expect(holdsOn(attached, day(60), policy.holds, day(n)).holds).toHaveLength(expected);
      }),
    );
  });

  test('while any hold is in force the clip is not purgeable [I1]', () => {
    fc.assert(
      fc.property(anyHistory, anyPolicy, fc.nat(400), (history, policy, n) => {
        const attached = [...play(history, policy).values()];
        const holds = holdsOn(attached, day(60), policy.holds, day(n));
        const { purgeable } = disposition(clip, policy, holds, day(n));
        if (attached.some((hold) => endOfHold(hold, day(n)) === null)) {
          expect(purgeable.value).toBe(false);
        }
      }),
    );
  });

  test('a clip that no hold ever outlived dies when it would have without any [HLD-7]', () => {
    fc.assert(
      fc.property(anyHistory, anyPolicy, fc.nat(400), (history, policy, n) => {
        const attached = [...play(history, policy).values()];
        const endedEarly = attached.filter((hold) => {
          const ending = endOfHold(hold, day(n));
          return ending !== null && ending.at <= day(60);
        });
        const holds = holdsOn(endedEarly, day(60), policy.holds, day(n));
        expect(disposition(clip, policy, holds, day(n)).purgeable.value).toBe(n >= 60);
      }),
    );
  });

  test('a release unprotects only what it alone protected [I6]', () => {
    fc.assert(
      fc.property(anyHistory, fc.integer({ min: 1, max: 3 }), (history, n) => {
        const before = play(history);
        const release = { name: 'release', because: 'released' } as const;
        const after = take(before, { n, atDay: 250, command: release });
        const now = day(250);
        const inForce = [...before].filter(([, hold]) => endOfHold(hold, now) === null);
        const wasOnly = inForce.length === 1 && inForce[0]?.[0] === n;
        const changed = protects([...before.values()], now) !== protects([...after.values()], now);
        expect(changed).toBe(wasOnly);
      }),
    );
  });

  test('each command twice is the command once [I6]', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        expect(play(history.flatMap((step) => [step, step]))).toEqual(play(history));
      }),
    );
  });

  test('commands about different holds commute [I6]', () => {
    fc.assert(
      fc.property(anyHistory, anyCommand(8), anyCommand(9), (history, a, b) => {
        const first = { n: 8, atDay: 250, command: a };
        const second = { n: 9, atDay: 250, command: b };
        const holds = play(history);
        expect(new Map([...take(take(holds, first), second)].sort())).toEqual(
          new Map([...take(take(holds, second), first)].sort()),
        );
      }),
    );
  });

  test('a preservation request is in force 90 days, or 180 with one renewal in time [I16]', () => {
    const renewals = fc.array(fc.tuple(fc.nat(250), fc.string({ minLength: 1 })), { maxLength: 5 });
    fc.assert(
      fc.property(renewals, anyPolicy, (asked, policy) => {
        const history: Step[] = [
          { atDay: 0, n: 1, command: placing(1, 'preservation-request') },
          ...asked
            .toSorted(([a], [b]) => a - b)
            .map(([atDay, request]) => ({
              atDay,
              n: 1,
              command: { name: 'renew' as const, request },
            })),
        ];
        const hold = play(history, policy).get(1);
        const isInTime = asked.some(([atDay]) => atDay < 90);
        expect(hold?.expiresAt).toBe(day(isInTime ? 180 : 90));
        expect(protects(hold === undefined ? [] : [hold], day(180), policy)).toBe(false);
      }),
    );
  });

  test('a snapshot holds only what was possessed; a continuing hold each later commit [I17]', () => {
    const anyPossession = fc.constantFrom('staged', 'stored', 'shredding', 'shredded');
    const anyClips = fc.array(anyPossession, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyKind, anyClips, fc.nat(29), (kind, possessions, recordedDay) => {
        const clips = possessions.map((possession, n) => clipOf(n, { possession }));
        const command = placing(1, kind, clips);
        const decision = decideHold(null, command, ring2019.holds, day(1));
        const isContinuing = kind === 'court-order' || kind === 'litigation';
        const possessed = clips.filter((each) => /^st/.test(each.possession));
        if (!decision.ok || decision.event?.name !== 'hold-placed') {
          expect([isContinuing, possessed]).toEqual([false, []]);
          return;
        }
        expect(decision.event.clips.map(({ clip: name }) => name)).toEqual(
          possessed.map(({ clip: name }) => name),
        );
        const hold = evolveHold(null, decision.event);
        const later = clipOf(50, { earliestAt: day(recordedDay), latestAt: day(recordedDay) });
        expect(capturesAtCommit(hold, later, day(2))).toBe(isContinuing);
      }),
    );
  });
});
