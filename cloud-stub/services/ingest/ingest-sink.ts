/**
 * Where the bytes of a purged clip go that is sent again: nowhere. It answers like the vault and keeps hashes only, in
 * memory, so that nothing on the wire tells such a transfer from any other. [WIRE-8]
 */
import assert from 'node:assert/strict';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { StoredChunk, VaultClip } from '../../ports.ts';

/** `known`: what the vault had told the device before it was emptied. */
export function openSink(
  known: ReadonlyMap<number, StoredChunk> = new Map(),
  knownStills: readonly Ulid[] = [],
): VaultClip {
  const chunks = new Map(known);
  const stills = new Set(knownStills);
  return {
    chunks: () => chunks,
    append(index, chunk, sha256) {
      assert(!chunks.has(index), 'an index is appended once');
      chunks.set(index, { length: chunk.length, sha256 });
    },
    addStill: (still) => {
      stills.add(still);
    },
    stills: () => [...stills],
    async still() {
      return null;
    },
    async read(index) {
      assert.fail(`chunk ${index} of a purged clip was asked for`);
    },
    async sync() {},
    async close() {},
  };
}
