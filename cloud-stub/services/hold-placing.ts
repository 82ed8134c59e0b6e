/** Placing a hold: the hold, what it attaches to and its ledger entry, in one transaction. */

import { canonicalJson } from '../../device/wire/codec.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import {
  type ClipName,
  decideHold,
  evolveHold,
  type Hold,
  type HoldCommand,
  type HoldDecision,
  type Unheld,
} from '../custody/holds.ts';
import { holdTerms } from '../custody/holds-policy.ts';
import type { Writing } from '../ports.ts';
import { attach, rememberSubjects } from './hold-capture.ts';
import { reckonKept } from './hold-keeping.ts';
import { reach } from './hold-reach.ts';
import { listed, loadHold, nextEpoch, scopeFacts } from './hold-records.ts';
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
      readonly unheld: readonly Unheld[];
    }
  | {
      readonly ok: false;
      /** `nothing-to-hold` is NO_RECORDS; `unheld` tells what there had been. [HLD-7] */
      readonly because: HoldRefusal;
      readonly unheld: readonly Unheld[];
    };

export async function placeHold(
  tx: Writing,
  world: HoldWorld,
  placement: Placement,
): Promise<PlaceOutcome> {
  const { hold: id, kind, basis, scope } = placement;
  const at = world.clock.now();
  const before = await loadHold(tx, id);
  // Read in this transaction: a purge has committed its intent before it, or finds the hold. [HLD-6]
  const clips = before === null ? await reach(tx, scope, at) : [];
  const command: HoldCommand = { name: 'place', hold: id, kind, basis, scope, clips };
  const decision = decideHold(before?.hold ?? null, command, world.policy, at);
  if (!decision.ok) {
    const { because, unheld = [] } = decision;
    await refuse(tx, world, 'place', placement, because, unheld);
    return { ok: false, because, unheld };
  }
  const { event } = decision;
  if (event === null || event.name !== 'hold-placed') {
    if (before === null) throw new Error(`hold ${id} is placed without an event`);
    return { ok: true, hold: before.hold, isNew: false, held: 0, unheld: [] };
  }
  const hold = evolveHold(null, event);
  await insertHold(tx, hold, placement.by);
  if (holdTerms[kind].capture === 'continuing') await rememberSubjects(tx, hold);
  await attach(tx, id, event.clips, at);
  await reckonKept(tx, { hold: id }, world.policy);
  await tellPlaced(tx, world, hold, placement.by, event);
  if (placement.converts !== undefined) await convert(tx, world, placement.converts, placement);
  return { ok: true, hold, isNew: true, held: event.clips.length, unheld: event.unheld };
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
}

async function tellPlaced(
  tx: Writing,
  world: HoldWorld,
  { hold, kind, basis, scope, expiresAt }: Hold,
  by: Actor,
  { clips, unheld }: { readonly clips: readonly ClipName[]; readonly unheld: readonly Unheld[] },
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
    clips: clips.length,
    clipsSha256: listed(clips).sha256,
    ownerDeleted: Number(count),
    unheld: listed(unheld),
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
