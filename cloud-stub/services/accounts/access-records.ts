/**
 * Who signed in, read footage or took data along, and from where. Beside the ledger, which says the same of reads for
 * ever and without an address: these are personal data with a window of their own. [RET-10]
 */
import { makeUlid } from '../../../device/wire/ids.ts';
import { type EpochMs, hours, later } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import type { AccessAct, AccessRecordRow } from '../../catalogue-tables-accounts.ts';
import type { Policy } from '../../custody/policy.ts';
import type { ClipKey, Ports } from '../../ports.ts';
import { makeCursor, type PageOf, readCursor } from '../page-cursor.ts';
import { serviceLimits } from '../service-limits.ts';

/** Where a request came from, as the connection told. */
export type Origin = {
  readonly address: string | null;
  readonly client: string | null;
  /** Who looks, as the ledger takes it, where that is not the owner: a shared user. [LOG-1] */
  readonly actor?: string;
};
export const unknownOrigin: Origin = { address: null, client: null };

export type AccessRecord = Omit<AccessRecordRow, 'account' | 'expiresAt' | 'keptUntil'>;

export type AccessRecords = {
  /** One record for the same act on the same clip from the same place in an hour. */
  note(account: AccountId, act: AccessAct, origin: Origin, key?: ClipKey): Promise<void>;
  /** The owner's own, newest first; what is past its window is out of sight, swept or not. */
  list(
    account: AccountId,
    query: { readonly cursor?: string; readonly limit: number },
  ): Promise<PageOf<AccessRecord>>;
};

export function makeAccessRecords(
  { catalogue, clock, entropy }: Pick<Ports, 'catalogue' | 'clock' | 'entropy'>,
  policy: Pick<Policy, 'accessWindowMs'>,
): AccessRecords {
  let hour = -1;
  const noted = new Set<string>();

  return {
    async note(account, act, origin, key) {
      const at = clock.now();
      const address = cut(origin.address, 64);
      const client = cut(origin.client, 200);
      const name = [account, act, key?.thing, key?.clip, address, client].join(' ');
      const hourNow = Math.floor(at / hours(1));
      if (hourNow !== hour || noted.size >= serviceLimits.accessesRememberedMax) noted.clear();
      hour = hourNow;
      if (noted.has(name)) return;
      await catalogue.write((tx) =>
        tx
          .insertInto('accessRecords')
          .values({
            record: makeUlid(at, (count) => entropy.bytes(count)),
            account,
            at,
            act,
            thing: key?.thing ?? null,
            clip: key?.clip ?? null,
            address,
            client,
            expiresAt: later(at, policy.accessWindowMs),
            keptUntil: 0 as EpochMs,
          })
          .execute(),
      );
      noted.add(name);
    },

    async list(account, { cursor, limit }) {
      const count = Math.max(1, Math.min(limit, serviceLimits.pageItemsMax));
      let query = catalogue.read
        .selectFrom('accessRecords')
        .select(['record', 'at', 'act', 'thing', 'clip', 'address', 'client'])
        .where('account', '=', account)
        .where('expiresAt', '>', clock.now());
      const place = readCursor(cursor);
      if (place !== null) {
        const [at, , record] = place;
        query = query.where(({ eb, or, and }) =>
          or([
            eb('at', '<', at as EpochMs),
            and([
              eb('at', '=', at as EpochMs),
              eb('record', '<', String(record) as AccessRecord['record']),
            ]),
          ]),
        );
      }
      const rows = await query
        .orderBy('at', 'desc')
        .orderBy('record', 'desc')
        .limit(count + 1)
        .execute();
      const items = rows.slice(0, count);
      const last = items.at(-1);
      const next =
        rows.length > count && last !== undefined ? makeCursor([last.at, '', last.record]) : null;
      return { items, next };
    },
  };
}

const cut = (text: string | null, charsMax: number): string | null =>
  text === null || text === '' ? null : text.slice(0, charsMax);
