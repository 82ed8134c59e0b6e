/**
 * The keys of the clips being recorded, when their owner wants them end-to-end encrypted. They are in memory only and
 * are forgotten with the clip after next: what stands on flash is sealed already, and this doorbell cannot open it.
 */
import type { Entropy } from '../board.ts';
import { type ClipSealer, type OwnerKey, sealClip } from '../wire/footage-sealing.ts';
import type { ThingName, Ulid } from '../wire/ids.ts';

export type ClipSealing = {
  /** A sealer for a new clip; null: its footage goes out as it is. */
  begin(clip: Ulid): ClipSealer | null;
  /** Of a clip begun a moment ago; null: not sealed, or forgotten. */
  of(clip: Ulid): ClipSealer | null;
};

/** The running clip's, and that of the one before it: its last still may yet be on its way. */
const keptMax = 2;

export function createClipSealing(
  thing: ThingName,
  owners: readonly OwnerKey[],
  entropy: Entropy,
): ClipSealing {
  const kept = new Map<Ulid, ClipSealer>();
  return {
    begin(clip) {
      if (owners.length === 0) return null;
      const sealer = sealClip({ thing, clip }, owners, (count) => entropy.bytes(count));
      kept.set(clip, sealer);
      for (const old of [...kept.keys()].slice(0, -keptMax)) kept.delete(old);
      return sealer;
    },
    of: (clip) => kept.get(clip) ?? null,
  };
}
