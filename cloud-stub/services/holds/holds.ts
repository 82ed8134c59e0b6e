/**
 * The registry of holds: each is placed, renewed, released and ended in one transaction with what it
 * is attached to and its ledger entry, as custody/holds.ts decides. Refusals are on record too. [LOG-1]
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Hold } from '../../custody/holds.ts';
import type { Policy } from '../../custody/policy.ts';
import type { ClipKey, Ports, Writing } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';
import { type ClipToCapture, captureAtCommit } from './hold-capture.ts';
import {
  type Release,
  type ReleaseOutcome,
  type Renewal,
  type RenewOutcome,
  releaseHold,
  renewHold,
} from './hold-changes.ts';
import { type Placement, type PlaceOutcome, placeHold } from './hold-placing.ts';
import { holdOf, loadHold } from './hold-records.ts';
import type { HoldWorld } from './hold-world.ts';

/**
 * How to call it. Ids of holds, and of what they rest on, are the caller's: every call may come twice
 * with the same ones, and then happens once. Each runs in a transaction of its own, or in the one that
 * is given: so a demand and its intake hold are on record together, or neither (and a refusal is on
 * record only if the caller commits). Nothing here asks what an actor may do: that is the table of
 * roles; but that two people release is seen to here. [LEG-5]
 *
 * - A demand comes in: `place` what legal's `intakeHold` asks for; its `clips` may be empty.
 * - It is granted: `place` the hold of its kind, with `converts` the intake hold. It is refused:
 *   `release` the intake hold as `rejected`, twice, by two people; or let it lapse.
 * - What a hold holds: `clipsOf`.
 * - Exports take leases, which are another lock: leases.ts.
 */
export type HoldRegistry = {
  place(placement: Placement, tx?: Writing): Promise<PlaceOutcome>;
  renew(renewal: Renewal, tx?: Writing): Promise<RenewOutcome>;
  release(release: Release, tx?: Writing): Promise<ReleaseOutcome>;
  /** Within the transaction that stores a clip, after its row was written. [HLD-3] */
  capture(tx: Writing, clip: ClipToCapture): Promise<number>;
  find(hold: Ulid): Promise<Hold | null>;
  /** All that rest on this demand or order, ended ones included, by id. */
  ofBasis(basis: Ulid): Promise<readonly Hold[]>;
  /** What it is or was attached to, a page at a time, by name. */
  clipsOf(hold: Ulid, after?: ClipKey): Promise<readonly ClipKey[]>;
};

export type HoldPorts = Pick<Ports, 'catalogue' | 'clock' | 'ledger'>;

export function makeHolds({ catalogue, clock, ledger }: HoldPorts, policy: Policy): HoldRegistry {
  const world: HoldWorld = { clock, ledger, policy: policy.holds };
  const inside = <Result>(
    tx: Writing | undefined,
    work: (tx: Writing) => Promise<Result>,
  ): Promise<Result> => (tx === undefined ? catalogue.write(work, { alone: true }) : work(tx));

  return {
    place: (placement, tx) => inside(tx, (own) => placeHold(own, world, placement)),
    renew: (renewal, tx) => inside(tx, (own) => renewHold(own, world, renewal)),
    release: (release, tx) => inside(tx, (own) => releaseHold(own, world, release)),
    capture: (tx, clip) => captureAtCommit(tx, world, clip),
    find: async (hold) => (await loadHold(catalogue.read, hold))?.hold ?? null,
    async ofBasis(basis) {
      const rows = await catalogue.read
        .selectFrom('holds')
        .selectAll()
        .where('basis', '=', basis)
        .orderBy('hold')
        .execute();
      return rows.map(holdOf);
    },
    clipsOf(hold, after) {
      let query = catalogue.read
        .selectFrom('holdAttachments')
        .select(['thing', 'clip'])
        .where('hold', '=', hold);
      if (after !== undefined) {
        query = query.where(({ eb, or, and }) =>
          or([
            eb('thing', '>', after.thing),
            and([eb('thing', '=', after.thing), eb('clip', '>', after.clip)]),
          ]),
        );
      }
      return query.orderBy('thing').orderBy('clip').limit(serviceLimits.pageItemsMax).execute();
    },
  };
}
