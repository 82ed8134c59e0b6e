/** What becomes of a hold after it was placed: renewed, released by two people, ended by time. */

import { canonicalJson } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { decideHold, evolveHold, type Hold } from '../../custody/holds.ts';
import type { Writing } from '../../ports.ts';
import { reckonKept } from './hold-keeping.ts';
import type { HoldRefusal } from './hold-placing.ts';
import { loadHold, nextEpoch } from './hold-records.ts';
import { endHold, type HoldWorld, refuse, tellOfHold } from './hold-world.ts';
import { type Actor, isSamePerson } from './persons.ts';

export type Renewal = {
  readonly hold: Ulid;
  /** SHA-256 of the renewed request; each renews once. [HLD-5] */
  readonly request: string;
  readonly by: Actor;
};
export type RenewOutcome =
  /** `isNew` false: this request had renewed it before. */
  | { readonly ok: true; readonly hold: Hold; readonly isNew: boolean }
  | { readonly ok: false; readonly because: HoldRefusal };

export type Release = {
  readonly hold: Ulid;
  /** `rejected` is the end of an intake hold, and leaves no grace. [HLD-7] */
  readonly because: 'released' | 'rejected';
  readonly by: Actor;
};
export type ReleaseOutcome =
  /** `asked`: on record; another person has to say the same. */
  | { readonly ok: true; readonly state: 'asked' | 'ended'; readonly hold: Hold }
  | { readonly ok: false; readonly because: ReleaseRefusal };
export type ReleaseRefusal = HoldRefusal | 'same-person' | 'no-approver' | 'not-an-intake';

/** Holds ended in one transaction: others write in between. */
export const lapsesPerWrite = 50;

export async function renewHold(
  tx: Writing,
  world: HoldWorld,
  { hold: id, request, by }: Renewal,
): Promise<RenewOutcome> {
  const before = (await loadHold(tx, id))?.hold ?? null;
  const now = world.clock.now();
  const decision = decideHold(before, { name: 'renew', request }, world.policy, now);
  if (before === null || !decision.ok) {
    const because = decision.ok ? 'no-such-hold' : decision.because;
    await refuse(tx, world, 'renew', { hold: id, basis: before?.basis ?? null, by }, because);
    return { ok: false, because };
  }
  if (decision.event === null) return { ok: true, hold: before, isNew: false };
  const hold = evolveHold(before, decision.event);
  const { kind, basis, expiresAt } = hold;
  await tx
    .updateTable('holds')
    .set({ expiresAt, renewals: canonicalJson(hold.renewals) })
    .where('hold', '=', id)
    .execute();
  await reckonKept(tx, { hold: id }, world.policy);
  await tellOfHold(tx, world, 'hold-renewed', by, {
    ...{ hold: id, kind, basis, request, expiresAt },
    epoch: await nextEpoch(tx),
  });
  return { ok: true, hold, isNew: true };
}

/** [LEG-5] The first who says so asks; another, saying the same, ends it. One of the two is an approver. */
export async function releaseHold(
  tx: Writing,
  world: HoldWorld,
  { hold: id, because, by }: Release,
): Promise<ReleaseOutcome> {
  const before = await loadHold(tx, id);
  const refused = async (why: ReleaseRefusal): Promise<ReleaseOutcome> => {
    const basis = before?.hold.basis ?? null;
    await refuse(tx, world, 'release', { hold: id, basis, by }, why);
    return { ok: false, because: why };
  };
  if (before === null) return refused('no-such-hold');
  const { hold, row } = before;
  if (because === 'rejected' && hold.kind !== 'intake') return refused('not-an-intake');
  const command = { name: 'release', because } as const;
  const decision = decideHold(hold, command, world.policy, world.clock.now());
  if (!decision.ok) return refused(decision.because);
  const { event } = decision;
  if (event === null || event.name !== 'hold-ended') return { ok: true, state: 'ended', hold };
  // What time has ended needs nobody's leave.
  if (event.because !== 'lapsed') {
    const asked = row.releaseBecause === because ? row.releaseAskedBy : null;
    if (asked === null) {
      await ask(tx, world, hold, because, by);
      return { ok: true, state: 'asked', hold };
    }
    if (isSamePerson(asked, by)) return refused('same-person');
    // Reviewers place holds: two of them are not enough to let go.
    if (![asked, by].some((each) => each.startsWith('approver:'))) return refused('no-approver');
  }
  const people = { actor: by, askedBy: row.releaseAskedBy };
  return { ok: true, state: 'ended', hold: await endHold(tx, world, hold, event, people) };
}

async function ask(
  tx: Writing,
  world: HoldWorld,
  { hold, kind, basis }: Hold,
  because: Release['because'],
  by: Actor,
): Promise<void> {
  await tx
    .updateTable('holds')
    .set({ releaseAskedBy: by, releaseBecause: because })
    .where('hold', '=', hold)
    .execute();
  await tellOfHold(tx, world, 'hold-release-asked', by, { hold, kind, basis, because });
}

/** Puts on record what time has ended. Fewer than `lapsesPerWrite`: that was all. */
export async function lapseHolds(tx: Writing, world: HoldWorld): Promise<number> {
  const rows = await tx
    .selectFrom('holds')
    .select('hold')
    .where('endedAt', 'is', null)
    .where('expiresAt', '<=', world.clock.now())
    .orderBy('expiresAt')
    .limit(lapsesPerWrite)
    .execute();
  for (const { hold } of rows) await lapseHold(tx, world, hold);
  return rows.length;
}

export async function lapseHold(tx: Writing, world: HoldWorld, id: Ulid): Promise<void> {
  const before = await loadHold(tx, id);
  if (before === null) return;
  const { hold } = before;
  const decision = decideHold(hold, { name: 'lapse' }, world.policy, world.clock.now());
  if (decision.ok && decision.event?.name === 'hold-ended') {
    await endHold(tx, world, hold, decision.event, { actor: 'sweeper' });
  }
}
