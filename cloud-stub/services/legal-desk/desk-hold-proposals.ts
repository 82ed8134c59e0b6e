/** Wide holds without a demand: one person proposes, a second approves, and only then anything is held. [LEG-5] */
import { canonicalJson } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { type EpochMs, isoTime, later } from '../../../device/wire/time.ts';
import type { HoldProposalRow } from '../../catalogue-tables-holds.ts';
import type { Hold } from '../../custody/holds.ts';
import type { Scope } from '../../custody/holds-scope.ts';
import type { Writing } from '../../ports.ts';
import type { ReleaseRefusal } from '../holds/hold-changes.ts';
import { type Actor, isSamePerson } from '../holds/persons.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { DeskRefused, type DeskWorld, newId, tell } from './legal-desk-world.ts';

export type HoldProposal = {
  /** The hold that it becomes. */
  readonly hold: Ulid;
  readonly basis: Ulid;
  readonly scope: Scope;
  readonly proposedAt: EpochMs;
  /** Approved by then (exclusive), or never. */
  readonly expiresAt: EpochMs;
};

type Wanted = { readonly basis: Ulid; readonly scope: Scope };

export async function propose(
  world: DeskWorld,
  tx: Writing,
  actor: Actor,
  { basis, scope }: Wanted,
): Promise<HoldProposal> {
  const proposedAt = world.ports.clock.now();
  const hold = newId(world, proposedAt);
  const expiresAt = later(proposedAt, deskLimits.proposalMs);
  const row = { hold, basis, scope: canonicalJson(scope), proposedAt, expiresAt };
  await tx
    .insertInto('holdProposals')
    .values({ ...row, proposedBy: actor, approvedAt: null, approvedBy: null })
    .execute();
  await tell(world, tx, 'hold-proposed', actor, { hold, basis, subjects: scope.subjects.length });
  return { hold, basis, scope, proposedAt, expiresAt };
}

export async function approveProposal(
  world: DeskWorld,
  tx: Writing,
  actor: Actor,
  hold: Ulid,
): Promise<Hold> {
  const row = await tx
    .selectFrom('holdProposals')
    .selectAll()
    .where('hold', '=', hold)
    .executeTakeFirst();
  if (row === undefined) throw holdRefused('no-such-hold');
  if (isSamePerson(row.proposedBy, actor)) throw holdRefused('same-person');
  const at = world.ports.clock.now();
  if (row.expiresAt <= at && row.approvedAt === null) {
    throw new DeskRefused('hold', `ended: it was to be approved before ${isoTime(row.expiresAt)}`);
  }
  if (row.approvedAt === null) {
    await tx
      .updateTable('holdProposals')
      .set({ approvedAt: at, approvedBy: actor })
      .where('hold', '=', hold)
      .execute();
  }
  const { basis, scope } = proposalOf(row);
  return placeLitigation(world, tx, actor, { hold, basis, scope });
}

export async function placeLitigation(
  world: DeskWorld,
  tx: Writing,
  by: Actor,
  wanted: Wanted & { readonly hold: Ulid },
): Promise<Hold> {
  const placed = await world.holds.place({ ...wanted, kind: 'litigation', by }, tx);
  if (!placed.ok) throw holdRefused(placed.because);
  return placed.hold;
}

export async function openProposals({ ports }: DeskWorld): Promise<readonly HoldProposal[]> {
  const rows = await ports.catalogue.read
    .selectFrom('holdProposals')
    .selectAll()
    .where('approvedAt', 'is', null)
    .where('expiresAt', '>', ports.clock.now())
    .orderBy('hold', 'desc')
    .limit(deskLimits.pageItemsMax)
    .execute();
  return rows.map(proposalOf);
}

const proposalOf = ({
  hold,
  basis,
  scope,
  proposedAt,
  expiresAt,
}: HoldProposalRow): HoldProposal => ({
  ...{ hold, basis, proposedAt, expiresAt },
  scope: JSON.parse(scope) as Scope,
});

const wrongs: Readonly<Record<ReleaseRefusal, string>> = {
  'no-such-hold': 'expected the id of a hold, or of one that was proposed',
  'another-hold-has-this-id': 'expected an id of its own',
  'nothing-to-hold': 'expected footage that is kept: of this there is none, or no more',
  'not-renewable': 'expected a hold with a term, such as of a preservation request',
  ended: 'expected a hold in force',
  'renewals-used-up': 'a hold is renewed as often as its kind allows, and this one was',
  'same-person': 'another person has to say the same',
  'no-approver': 'one of the two who let go of a hold is an approver',
  'not-an-intake': 'only the hold of a demand at its receipt can be rejected; others are released',
};

/** The registry's word, for programs; and what was expected, for people. */
export const holdRefused = (because: keyof typeof wrongs): DeskRefused =>
  new DeskRefused('hold', `${because}: ${wrongs[because]}`);
