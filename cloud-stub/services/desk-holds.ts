/**
 * Holds as the desk's people handle them: placed by a reviewer on named doorbells, renewed, and
 * released by two. The registry decides; here is who may ask, and that refusals are on record.
 */
import type { Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { HoldRow } from '../catalogue-tables-holds.ts';
import { endOfHold, type Hold, type HoldEnding } from '../custody/holds.ts';
import type { HoldKind } from '../custody/holds-policy.ts';
import type { Scope } from '../custody/holds-scope.ts';
import type { Role } from '../legal/roles.ts';
import { holdOf } from './hold-records.ts';
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

export type HoldView = {
  readonly hold: Ulid;
  readonly kind: HoldKind;
  readonly basis: Ulid;
  readonly scope: Scope;
  readonly placedAt: EpochMs;
  readonly expiresAt: EpochMs | null;
  readonly renewals: number;
  readonly ended: { readonly at: EpochMs; readonly because: HoldEnding } | null;
  /** One person has asked for its release; another has to. */
  readonly releaseAsked: boolean;
};

export type DeskHolds = {
  /** Newest first. `open`: only those in force. */
  list(query: {
    readonly open: boolean;
    readonly after?: Ulid;
    readonly limit: number;
  }): Promise<{ readonly items: readonly HoldView[]; readonly next: Ulid | null }>;
  find(hold: Ulid): Promise<HoldView | null>;
  /**
   * Without a demand of its own: litigation the provider foresees. It names doorbells and a finite
   * time; whatever is wider needs a demand, and an approver.
   */
  place(
    by: Principal,
    asked: { readonly basis: Ulid; readonly scope: Scope },
  ): Promise<DeskAnswer<HoldView>>;
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
    place: async (by, { basis, scope }) =>
      seen(
        await attempt(world, { by, act: 'place-hold', demand: null }, async (tx) => {
          const actor = asOneOf(by, ['reviewer']);
          requireNarrow(scope);
          const hold = newId(world, clock.now());
          const placed = await world.holds.place(
            { hold, kind: 'litigation', basis, scope, by: actor },
            tx,
          );
          if (!placed.ok) throw new DeskRefused('hold', placed.because);
          return placed.hold;
        }),
      ),
    renew: async (by, hold, request) =>
      seen(
        await attempt(world, { by, act: 'renew-hold', demand: null }, async (tx) => {
          const actor = asOneOf(by, ['reviewer']);
          if (!/^[0-9a-f]{64}$/.test(request)) throw malformed('request', 'expected a SHA-256');
          const renewed = await world.holds.renew({ hold, request, by: actor }, tx);
          if (!renewed.ok) throw new DeskRefused('hold', renewed.because);
          return renewed.hold;
        }),
      ),
    release: async (by, hold, because) =>
      seen(
        await attempt(world, { by, act: 'release-hold', demand: null }, async (tx) => {
          const actor = asOneOf(by, ['reviewer', 'approver']);
          const released = await world.holds.release({ hold, because, by: actor }, tx);
          if (!released.ok) throw new DeskRefused('hold', released.because);
          return released.hold;
        }),
      ),
  };
}

/** As what this person acts, for the ledger. */
function asOneOf(by: Principal, roles: readonly Role[]): string {
  const role = roles.find((each) => by.roles.includes(each));
  if (role === undefined) throw new DeskRefused('role', `only ${roles.join(' or ')} may do this`);
  return actorOf(role, by.principal);
}

function requireNarrow({ subjects, from, to }: Scope): void {
  if (subjects.length === 0 || subjects.some(({ by }) => by === 'account')) {
    throw malformed('subjects', 'expected doorbells: an account as a whole takes a demand');
  }
  if (from === null || to === null || from >= to) throw malformed('from', 'expected a finite time');
}

const refusedAs = (detail: string): DeskAnswer<never> => ({ ok: false, because: 'hold', detail });
