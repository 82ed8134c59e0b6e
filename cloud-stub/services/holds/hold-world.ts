/** What the commands on holds share: the time, the policy, and their words in the ledger. */
import type { Ulid } from '../../../device/wire/ids.ts';
import { evolveHold, type Hold, type HoldCommand, type HoldEvent } from '../../custody/holds.ts';
import type { HoldPolicy } from '../../custody/holds-policy.ts';
import type { Clock, Ledger, LedgerEntry, Writing } from '../../ports.ts';
import { reckonKept } from './hold-keeping.ts';
import { clipList, type Listed, nextEpoch } from './hold-records.ts';
import type { Actor } from './persons.ts';

export type HoldWorld = {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly policy: HoldPolicy;
};

export async function tellOfHold(
  tx: Writing,
  { clock, ledger }: HoldWorld,
  kind: LedgerEntry['kind'],
  actor: Actor,
  facts: LedgerEntry['facts'],
): Promise<void> {
  await ledger.append(tx, { kind, at: clock.now(), actor, facts });
}

/** A refused attempt is on record like any other decision. [LOG-1] */
export async function refuse(
  tx: Writing,
  world: HoldWorld,
  command: HoldCommand['name'],
  { hold, basis, by }: { readonly hold: Ulid; readonly basis: Ulid | null; readonly by: Actor },
  because: string,
  unheld: Listed = clipList().end(),
): Promise<void> {
  // A hold that is not there rests on nothing: it stands for itself.
  const facts = { command, hold, basis: basis ?? hold, because, unheld };
  await tellOfHold(tx, world, 'hold-refused', by, facts);
}

/** The hold is over, and what it alone kept is due when its grace ends. */
export async function endHold(
  tx: Writing,
  world: HoldWorld,
  hold: Hold,
  event: Extract<HoldEvent, { name: 'hold-ended' }>,
  by: { readonly actor: Actor; readonly askedBy?: Actor | null },
): Promise<Hold> {
  await tx
    .updateTable('holds')
    .set({ endedAt: event.at, endedBecause: event.because })
    .where('hold', '=', hold.hold)
    .execute();
  await tx.deleteFrom('holdSubjects').where('hold', '=', hold.hold).execute();
  await reckonKept(tx, { hold: hold.hold }, world.policy);
  const { kind, basis } = hold;
  await tellOfHold(tx, world, 'hold-ended', by.actor, {
    ...{ hold: hold.hold, kind, basis, because: event.because, endedAt: event.at },
    askedBy: by.askedBy ?? null,
    epoch: await nextEpoch(tx),
  });
  return evolveHold(hold, event);
}
