/** An owner's events: page by page, from a point on, and live. */
import type { ExpressionBuilder } from 'kysely';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { EventKind } from '../../../device/wire/messages.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { AccountId, CatalogueTables } from '../../catalogue-tables.ts';
import type { Ports } from '../../ports.ts';
import { makeCursor, type PageOf, type Place, readCursor } from '../page-cursor.ts';
import { serviceLimits } from '../service-limits.ts';
import type { Announcements, Following, Happening } from './announcements.ts';
import { type OwnedEvent, ownedEvent } from './owner-views.ts';

export type EventQuery = {
  readonly thing?: ThingName;
  readonly kinds?: readonly EventKind[];
  /** By the time of the event; inclusive. */
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
  /** A page's `next`, as it was given. */
  readonly cursor?: string;
  readonly limit: number;
};

export type OwnerHappenings = {
  /** Events, newest first, by (receivedAt, thing, seq). */
  list(account: AccountId, query: EventQuery): Promise<PageOf<OwnedEvent>>;
  /** Events received after the one `cursor` names, oldest first; from the start of the window when unknown. */
  since(account: AccountId, cursor: string, limit: number): Promise<readonly OwnedEvent[]>;
  /** What happens from now on. The listener must return at once. */
  follow(account: AccountId, listener: (happening: Happening) => void): Following;
};

export function makeOwnerHappenings(
  ports: Pick<Ports, 'catalogue' | 'clock'>,
  announcements: Announcements,
): OwnerHappenings {
  const ofAccount = (account: AccountId) =>
    ports.catalogue.read
      .selectFrom('events')
      .select(['thing', 'seq', 'id', 'kind', 'at', 'receivedAt', 'clip', 'data'])
      .where('account', '=', account)
      // Out of sight when its window ends, not when the sweeper comes by. [RET-10]
      .where('expiresAt', '>', ports.clock.now());

  return {
    async list(account, { thing, kinds, from, to, cursor, limit }) {
      let query = ofAccount(account);
      if (thing !== undefined) query = query.where('thing', '=', thing);
      if (kinds !== undefined) query = query.where('kind', 'in', kinds);
      if (from !== undefined) query = query.where('at', '>=', from);
      if (to !== undefined) query = query.where('at', '<', to);
      const place = readCursor(cursor);
      if (place !== null) query = query.where(beyond('<', place));
      const count = pageSize(limit);
      const rows = await query
        .orderBy('receivedAt', 'desc')
        .orderBy('thing', 'desc')
        .orderBy('seq', 'desc')
        .limit(count + 1)
        .execute();
      const items = rows.slice(0, count);
      const last = items.at(-1);
      const next =
        rows.length > count && last !== undefined
          ? makeCursor([last.receivedAt, last.thing, last.seq])
          : null;
      return { items: items.map(ownedEvent), next };
    },

    async since(account, cursor, limit) {
      let query = ofAccount(account);
      const place = readCursor(cursor);
      if (place !== null) query = query.where(beyond('>', place));
      const rows = await query
        .orderBy('receivedAt')
        .orderBy('thing')
        .orderBy('seq')
        .limit(pageSize(limit))
        .execute();
      return rows.map(ownedEvent);
    },

    follow: (account, listener) => announcements.follow(account, listener),
  };
}

/** What lies behind a place in the order (receivedAt, thing, seq), towards the past or the future. */
const beyond =
  (side: '<' | '>', [at, thing, seq]: Place) =>
  ({ eb, or, and }: ExpressionBuilder<CatalogueTables, 'events'>) => {
    const isThen = eb('receivedAt', '=', at as EpochMs);
    const isThere = eb('thing', '=', thing as ThingName);
    return or([
      eb('receivedAt', side, at as EpochMs),
      and([isThen, eb('thing', side, thing as ThingName)]),
      and([isThen, isThere, eb('seq', side, Number(seq))]),
    ]);
  };

const pageSize = (limit: number): number =>
  Math.max(1, Math.min(limit, serviceLimits.pageItemsMax));
