/**
 * An owner's footage: lists, bytes, stills, deletion. What belongs to someone else, was deleted, is past its window or
 * never was gives the same answer. [DEL-1]
 */
import type { Ulid } from '../../device/wire/ids.ts';
import type { AccountId, ClipRow } from '../catalogue-tables.ts';
import type { ClipKey, Ports, VaultReader } from '../ports.ts';
import { accountActor } from './accounts.ts';
import type { Announcements } from './announcements.ts';
import type { ClipCustody } from './clip-custody.ts';
import { loadClip, stillsOf } from './clip-records.ts';
import type { FootageAccess } from './footage-access.ts';
import { type ClipBytes, clipBytes } from './footage-bytes.ts';
import { type ClipQuery, listClips } from './footage-list.ts';
import { type OwnedClip, ownedClip, type PageOf } from './owner-views.ts';

export type OwnerFootage = {
  /** Newest first, by (recordedAt, thing, clip). Clips still arriving included. */
  list(account: AccountId, query: ClipQuery): Promise<PageOf<OwnedClip>>;
  find(account: AccountId, key: ClipKey): Promise<OwnedClip | null>;
  /** Opens the footage for reading and puts the access on record [LOG-1]. Throws VaultError. */
  open(account: AccountId, key: ClipKey): Promise<ClipBytes | null>;
  /** A still's JPEG; the access is on record as well. */
  still(account: AccountId, key: ClipKey, still: Ulid): Promise<Uint8Array | null>;
  /** Hides the clip at once, for good. False when there was none to hide. */
  remove(account: AccountId, key: ClipKey): Promise<boolean>;
};

export type FootageParts = {
  readonly custody: ClipCustody;
  readonly access: FootageAccess;
  readonly announcements: Announcements;
  purgeSoon(key: ClipKey): void;
};

export function makeFootage(ports: Ports, parts: FootageParts): OwnerFootage {
  const { catalogue, clock, keys, ledger, vault } = ports;
  const { access, announcements, custody } = parts;

  const mayBeSeen = (row: ClipRow | undefined, account: AccountId): row is ClipRow =>
    row !== undefined && row.account === account && custody.isVisible(row, clock.now());

  async function visibleRow(account: AccountId, key: ClipKey): Promise<ClipRow | null> {
    const row = await loadClip(catalogue.read, key);
    return mayBeSeen(row, account) ? row : null;
  }

  /** Null when the clip was purged between the look at its row and now. */
  async function openVault(key: ClipKey): Promise<VaultReader | null> {
    const dataKey = await keys.find(key);
    return dataKey === null ? null : vault.openRead(key, dataKey);
  }

  return {
    list: (account, query) => listClips(catalogue.read, custody, clock.now(), account, query),

    async find(account, key) {
      const row = await visibleRow(account, key);
      return row === null ? null : ownedClip(row, await stillsOf(catalogue.read, key));
    },

    async open(account, key) {
      const row = await visibleRow(account, key);
      if (row === null) return null;
      const arriving = row.possession === 'staged';
      if (!arriving && row.chunks === 0) return null;
      const reader = await openVault(key);
      if (reader === null) return null;
      try {
        const bytes = clipBytes(key, reader, arriving ? null : row.chunks, row.root);
        await access.record(accountActor(account), key);
        return bytes;
      } catch (error) {
        await reader.close();
        throw error;
      }
    },

    async still(account, key, still) {
      const row = await visibleRow(account, key);
      if (row === null || !(await stillsOf(catalogue.read, key)).includes(still)) return null;
      const reader = await openVault(key);
      if (reader === null) return null;
      try {
        await access.record(accountActor(account), key);
        return await reader.still(still);
      } finally {
        await reader.close();
      }
    },

    async remove(account, key) {
      const at = clock.now();
      const deleted = await catalogue.write(async (tx) => {
        const row = await loadClip(tx, key);
        if (!mayBeSeen(row, account)) return false;
        await tx
          .updateTable('clips')
          .set({
            visibility: 'user-deleted',
            userDeletedAt: at,
            deleteAt: custody.deleteAtOnDelete(row, at),
          })
          .where('thing', '=', key.thing)
          .where('clip', '=', key.clip)
          .execute();
        const actor = accountActor(account);
        await ledger.append(tx, { kind: 'clip-deleted', at, actor, ...key, facts: {} });
        return true;
      });
      if (deleted) {
        announcements.tell(account, { kind: 'clip-gone', key });
        parts.purgeSoon(key);
      }
      return deleted;
    },
  };
}
