/**
 * Deleting, as an owner means it: clips are out of sight at once and for good, with the same answer whatever preserves
 * them. One, many or all. [DEL-1]
 */
import type { ThingName } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { AccountId, ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey, Ports, Writing } from '../../ports.ts';
import { accountActor } from '../accounts/accounts.ts';
import type { ClipCustody } from '../clip-custody.ts';
import { loadClip } from '../clip-rows.ts';
import type { Announcements } from './announcements.ts';

/** Which of all clips: of one doorbell, recorded from `from` (inclusive) to `to` (exclusive). */
export type RemovalScope = {
  readonly thing?: ThingName;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
};

export type FootageRemoval = {
  /** How many were hidden now; the same key twice counts once. All or none, however many. */
  remove(account: AccountId, keys: readonly ClipKey[]): Promise<number>;
  /** All that the owner can see, clips still arriving included. In batches, each at once. */
  removeAll(account: AccountId, scope: RemovalScope): Promise<number>;
};

const clipsPerWrite = 200;
/** Beyond this a sweep does it with less effort; the answer waits for neither. */
const purgedOneByOneMax = 16;

export function makeFootageRemoval(
  { catalogue, clock, ledger }: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  parts: {
    readonly custody: ClipCustody;
    readonly announcements: Announcements;
    purgeSoon(key: ClipKey): void;
    sweepSoon(): void;
  },
): FootageRemoval {
  const { announcements, custody } = parts;

  async function hide(tx: Writing, account: AccountId, row: ClipRow, at: EpochMs): Promise<void> {
    const { thing, clip } = row;
    await tx
      .updateTable('clips')
      .set({
        visibility: 'user-deleted',
        userDeletedAt: at,
        deleteAt: custody.deleteAtOnDelete(row, at),
      })
      .where('thing', '=', thing)
      .where('clip', '=', clip)
      .execute();
    const actor = accountActor(account);
    await ledger.append(tx, { kind: 'clip-deleted', at, actor, thing, clip, facts: {} });
  }

  /** Asked for inside the transaction, so that two deletes at once hide a clip once. */
  const hideThese = (
    account: AccountId,
    find: (tx: Writing, at: EpochMs) => Promise<readonly ClipRow[]>,
  ): Promise<readonly ClipKey[]> =>
    catalogue.write(async (tx) => {
      const at = clock.now();
      const hidden: ClipKey[] = [];
      for (const row of await find(tx, at)) {
        if (row.account !== account || !custody.isVisible(row, at)) continue;
        await hide(tx, account, row, at);
        hidden.push({ thing: row.thing, clip: row.clip });
      }
      return hidden;
    });

  function tell(account: AccountId, hidden: readonly ClipKey[]): void {
    for (const key of hidden) announcements.tell(account, { kind: 'clip-gone', key });
    if (hidden.length > purgedOneByOneMax) parts.sweepSoon();
    else for (const key of hidden) parts.purgeSoon(key);
  }

  return {
    async remove(account, keys) {
      const hidden = await hideThese(account, async (tx) => {
        const rows = new Map<string, ClipRow>();
        for (const key of keys) {
          const row = await loadClip(tx, key);
          if (row !== undefined) rows.set(`${key.thing}/${key.clip}`, row);
        }
        return [...rows.values()];
      });
      tell(account, hidden);
      return hidden.length;
    },

    async removeAll(account, { thing, from, to }) {
      let total = 0;
      for (;;) {
        const hidden = await hideThese(account, async (tx, at) => {
          let query = tx
            .selectFrom('clips')
            .selectAll()
            .where('account', '=', account)
            .where('visibility', '=', 'visible')
            .where('recordedAt', '>', custody.visibleFrom(at))
            // Those past their window are out of sight already, and would be found again each time.
            .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', at)]));
          if (thing !== undefined) query = query.where('thing', '=', thing);
          if (from !== undefined) query = query.where('recordedAt', '>=', from);
          if (to !== undefined) query = query.where('recordedAt', '<', to);
          return query.orderBy('recordedAt', 'desc').limit(clipsPerWrite).execute();
        });
        tell(account, hidden);
        total += hidden.length;
        if (hidden.length < clipsPerWrite) return total;
      }
    },
  };
}
