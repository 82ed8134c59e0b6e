/**
 * Holds as the desk's people handle them: placed by a reviewer on a few named doorbells, by two where
 * they are wider, renewed, and released by two. The registry decides; here is who may ask, and that
 * refusals are on record.
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { HoldRow } from '../../catalogue-tables-holds.ts';
import { endOfHold, type Hold } from '../../custody/holds.ts';
import { isWide, type Scope } from '../../custody/holds-scope.ts';
import type { Role } from '../../legal/roles.ts';
import { holdOf } from '../holds/hold-records.ts';
import {
  approveProposal,
  type HoldProposal,
  holdRefused,
  openProposals,
  placeLitigation,
  propose,
} from './desk-hold-proposals.ts';
import type { DeskAnswer } from './legal-desk.ts';
import { deskLimits } from './legal-desk-limits.ts';
import {
  actorOf,
  attempt,
  DeskRefused,
  type DeskWorld,
  malformed,
  newId,
} from './legal-desk-world.ts';
import type { Principal } from './principals.ts';

export type HoldView = Omit<Hold, 'renewals'> & {
  readonly renewals: number;
  /** One person has asked for its release; another has to. */
  readonly releaseAsked: boolean;
};

export type HoldPlacing =
  | { readonly state: 'placed'; readonly hold: HoldView }
  | { readonly state: 'proposed'; readonly proposal: HoldProposal };

export type DeskHolds = {
  /** Newest first. `open`: only those in force. */
  list(query: {
    readonly open: boolean;
    readonly after?: Ulid;
    readonly limit: number;
  }): Promise<{ readonly items: readonly HoldView[]; readonly next: Ulid | null }>;
  find(hold: Ulid): Promise<HoldView | null>;
  /**
   * Without a demand of its own: litigation the provider foresees, for a finite time. What is wide
   * holds nothing before a second person has approved it. [LEG-5]
   */
  place(
    by: Principal,
    asked: { readonly basis: Ulid; readonly scope: Scope },
  ): Promise<DeskAnswer<HoldPlacing>>;
  /** Open ones, newest first. */
  proposals(): Promise<readonly HoldProposal[]>;
  approve(by: Principal, hold: Ulid): Promise<DeskAnswer<HoldView>>;
  /** `request`: SHA-256 of the renewed request. */
  renew(by: Principal, hold: Ulid, request: string): Promise<DeskAnswer<HoldView>>;
  /** The first person asks, the second lets go. [LEG-5] */
  release(
    by: Principal,
    hold: Ulid,
    because: 'released' | 'rejected',
  ): Promise<DeskAnswer<HoldView>>;
};

export function makeDeskHolds(world: DeskWorld): DeskHolds {
  const { catalogue, clock } = world.ports;
  const view = (row: HoldRow): HoldView => {
    const hold = holdOf(row);
    const { hold: id, kind, basis, scope, placedAt, expiresAt, renewals } = hold;
    const ended = endOfHold(hold, clock.now());
    return {
      ...{ hold: id, kind, basis, scope, placedAt, expiresAt, ended },
      renewals: renewals.length,
      releaseAsked: ended === null && row.releaseAskedBy !== null,
    };
  };
  async function find(id: Ulid): Promise<HoldView | null> {
    const row = await catalogue.read
      .selectFrom('holds')
      .selectAll()
      .where('hold', '=', id)
      .executeTakeFirst();
    return row === undefined ? null : view(row);
  }
  async function seen(done: DeskAnswer<Hold>): Promise<DeskAnswer<HoldView>> {
    if (!done.ok) return done;
    const found = await find(done.value.hold);
    return found === null ? refusedAs('no such hold') : { ok: true, value: found };
  }

  return {
    async list({ open, after, limit }) {
      const count = Math.min(Math.max(1, limit), deskLimits.pageItemsMax);
      let query = catalogue.read.selectFrom('holds').selectAll().orderBy('hold', 'desc');
      if (after !== undefined) query = query.where('hold', '<', after);
      if (open) {
        query = query
          .where('endedAt', 'is', null)
          .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', clock.now())]));
      }
      const rows = await query.limit(count + 1).execute();
      const items = rows.slice(0, count).map(view);
      return { items, next: rows.length > count ? (items.at(-1)?.hold ?? null) : null };
    },
    find,
    async place(by, asked) {
      const asking = { by, act: 'place-hold', demand: null };
      if (isWide(asked.scope, world.legal.devicesMax)) {
        const done = await attempt(world, asking, (tx) => {
          requireFinite(asked.scope);
          return propose(world, tx, asOneOf(by, ['reviewer']), asked);
        });
        return done.ok ? { ok: true, value: { state: 'proposed', proposal: done.value } } : done;
      }
      const done = await attempt(world, asking, (tx) => {
        requireFinite(asked.scope);
        const hold = newId(world, clock.now());
        return placeLitigation(world, tx, asOneOf(by, ['reviewer']), { hold, ...asked });
      });
      const placed = await seen(done);
      return placed.ok ? { ok: true, value: { state: 'placed', hold: placed.value } } : placed;
    },
    proposals: () => openProposals(world),
    approve: async (by, hold) =>
      seen(
        await attempt(world, { by, act: 'approve-hold', demand: null }, (tx) =>
          approveProposal(world, tx, asOneOf(by, ['approver']), hold),
        ),
      ),
    renew: async (by, hold, request) =>
      seen(
        await attempt(world, { by, act: 'renew-hold', demand: null }, async (tx) => {
          const actor = asOneOf(by, ['reviewer']);
          if (!/^[0-9a-f]{64}$/.test(request)) throw malformed('request', 'expected a SHA-256');
          const renewed = await world.holds.renew({ hold, request, by: actor }, tx);
          if (!renewed.ok) throw holdRefused(renewed.because);
          return renewed.hold;
        }),
      ),
    release: async (by, hold, because) =>
      seen(
        await attempt(world, { by, act: 'release-hold', demand: null }, async (tx) => {
          const actor = asOneOf(by, ['approver', 'reviewer']);
          const released = await world.holds.release({ hold, because, by: actor }, tx);
          if (!released.ok) throw holdRefused(released.because);
          return released.hold;
        }),
      ),
  };
}

/** As what this person acts, for the ledger. */
function asOneOf(by: Principal, roles: readonly Role[]): string {
  const role = roles.find((each) => by.roles.includes(each));
  if (role === undefined)
    throw new DeskRefused('role', `expected a person of the role ${roles.join(' or ')}`);
  return actorOf(role, by.principal);
}

function requireFinite({ subjects, from, to }: Scope): void {
  if (subjects.length === 0) throw malformed('things', 'expected at least one doorbell or account');
  if (from === null || to === null) throw malformed('from', 'expected a beginning and an end');
  if (from >= to) throw malformed('to', 'expected a time after the beginning');
}

const refusedAs = (detail: string): DeskAnswer<never> => ({ ok: false, because: 'hold', detail });
