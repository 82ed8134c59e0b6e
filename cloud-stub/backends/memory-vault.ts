/**
 * The vault in memory, for simulations: the same sealing as on disk, nothing kept. Resolves on
 * microtasks only, so that a seed replays.
 */
import assert from 'node:assert/strict';
import { createHash, type KeyObject } from 'node:crypto';
import type { Ulid } from '../../device/wire/ids.ts';
import {
  type ClipKey,
  type StoredChunk,
  type Vault,
  type VaultClip,
  VaultError,
  type VaultReader,
} from '../ports.ts';
import { type RecordPlace, type Sealed, seal, unseal } from './vault-sealing.ts';

type Item = StoredChunk & { readonly sealed: Sealed };
type Journal = {
  readonly key: ClipKey;
  readonly chunks: Map<number, Item>;
  readonly stills: Map<Ulid, Item>;
  removed: boolean;
  appending: boolean;
};

export function openMemoryVault(): Vault {
  const journals = new Map<string, Journal>();
  const name = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;
  return {
    async open(key, dataKey) {
      const journal = journals.get(name(key)) ?? emptyJournal(key);
      assert(!journal.appending, 'a clip is open for appending once at a time');
      journal.appending = true;
      journals.set(name(key), journal);
      return appender(journal, dataKey);
    },
    async openRead(key, dataKey) {
      const journal = journals.get(name(key));
      if (journal === undefined) return null;
      return reader(
        { ...journal, chunks: new Map(journal.chunks), stills: new Map(journal.stills) },
        dataKey,
        () => journal.removed,
      );
    },
    async remove(key) {
      const journal = journals.get(name(key));
      if (journal === undefined) return;
      journal.removed = true;
      journals.delete(name(key));
    },
    async *list() {
      for (const { key } of [...journals.values()]) yield key;
    },
  };
}

const emptyJournal = (key: ClipKey): Journal => ({
  key,
  chunks: new Map(),
  stills: new Map(),
  removed: false,
  appending: false,
});

function reader(journal: Journal, dataKey: KeyObject, isRemoved: () => boolean): VaultReader {
  const open = (place: RecordPlace, item: Item | undefined, what: string): Uint8Array => {
    if (isRemoved()) throw new VaultError(journal.key, 'was removed');
    if (item === undefined) throw new VaultError(journal.key, `${what} is not there`);
    const plaintext = unseal(journal.key, dataKey, place, item.sealed, item.sha256);
    if (plaintext === null) throw new VaultError(journal.key, `${what} was altered`);
    return plaintext;
  };
  return {
    chunks: () => journal.chunks,
    stills: () => [...journal.stills.keys()],
    read: async (index) =>
      open({ kind: 'chunk', index }, journal.chunks.get(index), `chunk ${index}`),
    still: async (still) => {
      const item = journal.stills.get(still);
      return item === undefined ? null : open({ kind: 'still', still }, item, `still ${still}`);
    },
    close: async () => {},
  };
}

function appender(journal: Journal, dataKey: KeyObject): VaultClip {
  const sealItem = (place: RecordPlace, plaintext: Uint8Array, sha256: Uint8Array): Item => {
    if (journal.removed) throw new VaultError(journal.key, 'was removed');
    const sealed = seal(journal.key, dataKey, place, plaintext, sha256);
    return { length: plaintext.length, sha256, sealed };
  };
  return {
    ...reader(journal, dataKey, () => journal.removed),
    append(index, chunk, sha256) {
      assert(!journal.chunks.has(index), 'a record is appended once');
      journal.chunks.set(index, sealItem({ kind: 'chunk', index }, chunk, sha256));
    },
    addStill(still, jpeg) {
      assert(!journal.stills.has(still), 'a record is appended once');
      const sha256 = createHash('sha256').update(jpeg).digest();
      journal.stills.set(still, sealItem({ kind: 'still', still }, jpeg, sha256));
    },
    async sync() {
      if (journal.removed) throw new VaultError(journal.key, 'was removed');
    },
    async close() {
      journal.appending = false;
    },
  };
}
