/** Placing a hold: the hold, what it attaches to and its ledger entry, in one transaction. */

import { canonicalJson } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import {
  decideHold,
  evolveHold,
  type Hold,
  type HoldableClip,
  type HoldCommand,
  type HoldDecision,
} from '../../custody/holds.ts';
import { holdTerms } from '../../custody/holds-policy.ts';
import type { Writing } from '../../ports.ts';
import { attach, rememberSubjects } from './hold-capture.ts';
import { reckonKept } from './hold-keeping.ts';
import { reach } from './hold-reach.ts';
import { clipList, type Listed, loadHold, nextEpoch, scopeFacts } from './hold-records.ts';
import { endHold, type HoldWorld, refuse, tellOfHold } from './hold-world.ts';
import type { Actor } from './persons.ts';

export type Placement = Pick<Hold, 'hold' | 'kind' | 'basis' | 'scope'> & {
  readonly by: Actor;
  /** The intake hold of the same demand, whose place this one takes without a gap. [HLD-4] */
  readonly converts?: Ulid;
};

export type HoldRefusal = Extract<HoldDecision, { ok: false }>['because'];

export type PlaceOutcome =
  | {
      readonly ok: true;
      readonly hold: Hold;
      /** False: it had been placed before, and nothing happened now. [HLD-1] */
      readonly isNew: boolean;
      /** How many clips it attached to now. */
      readonly held: number;
      /** Purged, or past saving: of these there are no records. [HLD-6] */
      readonly unheld: Listed;
    }
  | {
      readonly ok: false;
      /** `nothing-to-hold` is NO_RECORDS; `unheld` tells what there had been. [HLD-7] */
      readonly because: HoldRefusal;
      readonly unheld: Listed;
    };

export async function placeHold(
  tx: Writing,
  world: HoldWorld,
  placement: Placement,
): Promise<PlaceOutcome> {
  const { hold: id, by } = placement;
  const before = await loadHold(tx, id);
  if (before !== null) return placedBefore(tx, world, placement, before.hold);
  const { hold, held, unheld } = await takeHold(tx, world, placement);
  if (hold === null) {
    await refuse(tx, world, 'place', placement, 'nothing-to-hold', unheld);
    return { ok: false, because: 'nothing-to-hold', unheld };
  }
  await reckonKept(tx, { hold: id }, world.policy);
  await tellPlaced(tx, world, hold, by, { held, unheld });
  if (placement.converts !== undefined) await convert(tx, world, placement.converts, placement);
  return { ok: true, hold, isNew: true, held: held.count, unheld };
}

const none = clipList().end();

async function placedBefore(
  tx: Writing,
  world: HoldWorld,
  placement: Placement,
  hold: Hold,
): Promise<PlaceOutcome> {
  const command = commandOf(placement, []);
  const decision = decideHold(hold, command, world.policy, world.clock.now());
  if (decision.ok) return { ok: true, hold, isNew: false, held: 0, unheld: none };
  await refuse(tx, world, 'place', placement, decision.because);
  return { ok: false, because: decision.because, unheld: none };
}

const commandOf = (
  { hold, kind, basis, scope }: Placement,
  clips: readonly HoldableClip[],
): HoldCommand => ({ name: 'place', hold, kind, basis, scope, clips });

/**
 * Decided page by page of what is reached: a hold on many clips is the same hold on each page of them. All of it is
 * read in this transaction: a purge has committed its intent before it, or finds the hold. [HLD-6]
 */
async function takeHold(
  tx: Writing,
  world: HoldWorld,
  placement: Placement,
): Promise<{ readonly hold: Hold | null; readonly held: Listed; readonly unheld: Listed }> {
  const at = world.clock.now();
  const held = clipList();
  const unheld = clipList();
  let hold: Hold | null = null;
  const take = async (clips: readonly HoldableClip[]): Promise<void> => {
    const decision = decideHold(null, commandOf(placement, clips), world.policy, at);
    if (!decision.ok) {
      for (const clip of decision.unheld ?? []) unheld.add(clip);
      return;
    }
    const { event } = decision;
    if (event?.name !== 'hold-placed') throw new Error('a hold that is new is placed');
    if (hold === null) {
      hold = evolveHold(null, event);
      await insertHold(tx, hold, placement.by);
    }
    await attach(tx, hold.hold, event.clips, at);
    for (const clip of event.clips) held.add(clip);
    for (const clip of event.unheld) unheld.add(clip);
  };
  // A continuing hold is placed on nothing as well.
  await take([]);
  for await (const clips of reach(tx, placement.scope, at)) await take(clips);
  return { hold, held: held.end(), unheld: unheld.end() };
}

async function insertHold(tx: Writing, hold: Hold, placedBy: Actor): Promise<void> {
  const { scope, renewals, ended, ...asItIs } = hold;
  await tx
    .insertInto('holds')
    .values({
      ...asItIs,
      scope: canonicalJson(scope),
      placedBy,
      renewals: canonicalJson(renewals),
      endedAt: ended?.at ?? null,
      endedBecause: ended?.because ?? null,
      releaseAskedBy: null,
      releaseBecause: null,
    })
    .execute();
  if (holdTerms[hold.kind].capture === 'continuing') await rememberSubjects(tx, hold);
}

async function tellPlaced(
  tx: Writing,
  world: HoldWorld,
  { hold, kind, basis, scope, expiresAt }: Hold,
  by: Actor,
  { held, unheld }: { readonly held: Listed; readonly unheld: Listed },
): Promise<void> {
  const { count } = await tx
    .selectFrom('holdAttachments')
    .innerJoin('clips', (join) =>
      join
        .onRef('clips.thing', '=', 'holdAttachments.thing')
        .onRef('clips.clip', '=', 'holdAttachments.clip'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('holdAttachments.hold', '=', hold)
    .where('clips.userDeletedAt', 'is not', null)
    .executeTakeFirstOrThrow();
  await tellOfHold(tx, world, 'hold-placed', by, {
    ...{ hold, kind, basis, expiresAt, ...scopeFacts(scope) },
  });
  // Apart: whoever gets a bag may read the one and not the other. [LEG-2]
  await tellOfHold(tx, world, 'hold-reached', by, {
    hold,
    clips: held.count,
    clipsSha256: held.sha256,
    ownerDeleted: Number(count),
    unheld,
    epoch: await nextEpoch(tx),
  });
}

/** The intake hold has done its work: one of the same demand stands in its place. */
async function convert(
  tx: Writing,
  world: HoldWorld,
  intake: Ulid,
  { basis, by }: Placement,
): Promise<void> {
  const before = await loadHold(tx, intake);
  if (before === null || before.hold.kind !== 'intake' || before.hold.basis !== basis) {
    return refuse(tx, world, 'release', { hold: intake, basis, by }, 'not-its-intake-hold');
  }
  const { hold } = before;
  const command: HoldCommand = { name: 'release', because: 'converted' };
  const decision = decideHold(hold, command, world.policy, world.clock.now());
  if (decision.ok && decision.event?.name === 'hold-ended') {
    await endHold(tx, world, hold, decision.event, { actor: by });
  }
}
