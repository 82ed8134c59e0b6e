/**
 * An owner's footage: lists, bytes, stills, deletion. What belongs to someone else, was deleted, is past its window or
 * never was gives the same answer. [DEL-1]
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { AccountId, ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey, Ports, VaultReader } from '../../ports.ts';
import { type AccessRecords, type Origin, unknownOrigin } from '../accounts/access-records.ts';
import { accountActor } from '../accounts/accounts.ts';
import type { ClipCustody } from '../clip-custody.ts';
import { loadClip, stillsOf } from '../clip-rows.ts';
import type { PageOf } from '../page-cursor.ts';
import type { Announcements } from './announcements.ts';
import { type ClipSignatures, clipSignatures } from './clip-signatures.ts';
import type { FootageAccess } from './footage-access.ts';
import { type ClipBytes, clipBytes } from './footage-bytes.ts';
import { type ClipQuery, listClips } from './footage-list.ts';
import { makeFootageRemoval, type RemovalScope } from './footage-removal.ts';
import { type OwnedClip, ownedClip } from './owner-views.ts';

export type OwnerFootage = {
  /** Newest first, by (recordedAt, thing, clip). Clips still arriving included. */
  list(account: AccountId, query: ClipQuery): Promise<PageOf<OwnedClip>>;
  find(account: AccountId, key: ClipKey): Promise<OwnedClip | null>;
  /** Opens the footage for reading and puts the access on record [LOG-1]. Throws VaultError. */
  open(account: AccountId, key: ClipKey, origin?: Origin): Promise<ClipBytes | null>;
  /** A still's JPEG; the access is on record as well. */
  still(account: AccountId, key: ClipKey, still: Ulid, origin?: Origin): Promise<Uint8Array | null>;
  /** What its doorbell signed of a stored clip, and how its footage is cut; no footage is read. */
  signatures(account: AccountId, key: ClipKey): Promise<ClipSignatures | null>;
  /** Hides the clip at once, for good. False when there was none to hide. [DEL-1] */
  remove(account: AccountId, key: ClipKey): Promise<boolean>;
  /** How many of these were hidden now: what is foreign, gone or unknown counts for nothing. */
  removeMany(account: AccountId, keys: readonly ClipKey[]): Promise<number>;
  removeAll(account: AccountId, scope: RemovalScope): Promise<number>;
};

export type FootageParts = {
  readonly custody: ClipCustody;
  readonly access: FootageAccess;
  readonly announcements: Announcements;
  readonly accesses: Pick<AccessRecords, 'note'>;
  purgeSoon(key: ClipKey): void;
  sweepSoon(): void;
};

export function makeFootage(ports: Ports, parts: FootageParts): OwnerFootage {
  const { catalogue, clock, keys, vault } = ports;
  const { access, accesses, custody } = parts;
  const removal = makeFootageRemoval(ports, parts);

  /** [DEL-3] What is sealed is nobody's to see here; it leaves by an export that the desk ordered. */
  const mayBeSeen = (row: ClipRow | undefined, account: AccountId): row is ClipRow =>
    row !== undefined && row.account === account && custody.isVisible(row, clock.now());

  async function visibleRow(account: AccountId, key: ClipKey): Promise<ClipRow | null> {
    const row = await loadClip(catalogue.read, key);
    return mayBeSeen(row, account) ? row : null;
  }

  /** What cannot be seen is answered alike and recorded alike, whatever became of it. [DEL-4] */
  async function rowToRead(account: AccountId, key: ClipKey): Promise<ClipRow | null> {
    const row = await loadClip(catalogue.read, key);
    if (mayBeSeen(row, account)) return row;
    await access.refuse(accountActor(account), row);
    return null;
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

    async open(account, key, origin = unknownOrigin) {
      const row = await rowToRead(account, key);
      if (row === null) return null;
      const arriving = row.possession === 'staged';
      if (!arriving && row.chunks === 0) return null;
      const reader = await openVault(key);
      if (reader === null) return null;
      try {
        const bytes = clipBytes(key, reader, arriving ? null : row.chunks, row.root);
        await access.record(origin.actor ?? accountActor(account), key);
        await accesses.note(account, 'footage-read', origin, key);
        return bytes;
      } catch (error) {
        await reader.close();
        throw error;
      }
    },

    async still(account, key, still, origin = unknownOrigin) {
      const row = await rowToRead(account, key);
      if (row === null || !(await stillsOf(catalogue.read, key)).includes(still)) return null;
      const reader = await openVault(key);
      if (reader === null) return null;
      try {
        await access.record(origin.actor ?? accountActor(account), key);
        await accesses.note(account, 'still-read', origin, key);
        return await reader.still(still);
      } finally {
        await reader.close();
      }
    },

    async signatures(account, key) {
      const row = await rowToRead(account, key);
      if (row === null || row.possession === 'staged') return null;
      const reader = await openVault(key);
      if (reader === null) return null;
      try {
        return await clipSignatures(catalogue.read, row, reader);
      } finally {
        await reader.close();
      }
    },

    remove: async (account, key) => (await removal.remove(account, [key])) > 0,
    removeMany: (account, keys) => removal.remove(account, keys),
    removeAll: (account, scope) => removal.removeAll(account, scope),
  };
}
