/** Stores what came of a clip whose device fell silent: all that its last good mark vouches for. [WIRE-7] */
import type { ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey } from '../../ports.ts';
import { loadClip } from '../clip-rows.ts';
import { rootOfChunks, sizeOfChunks } from './chunk-sums.ts';
import { firstMissing, rangesOf } from './index-ranges.ts';
import { announceClip } from './ingest-clip-events.ts';
import { commitSalvage, type Kept } from './ingest-commit.ts';
import type { IngestWorld } from './ingest-world.ts';

/** Nothing may have the clip's vault open. Nothing happens when there is nothing to salvage. */
export async function salvageClip(
  world: IngestWorld,
  key: ClipKey,
  because: string,
): Promise<void> {
  const { catalogue, clock, counters, deferred } = world;
  await deferred.flush();
  const row = await loadClip(catalogue.read, key);
  if (row === undefined) return;
  const kept = await keptByMark(world, row);
  const done = await catalogue.write((tx) =>
    commitSalvage(tx, world, key, kept, because, clock.now()),
  );
  if (done === null) return;
  counters.clipsSalvaged += 1;
  if (done.purge) world.purgeSoon(key);
  await announceClip(world, key);
}

async function keptByMark({ keys, vault }: IngestWorld, row: ClipRow): Promise<Kept> {
  const { thing, clip } = row;
  const key = { thing, clip };
  const dataKey = row.markedChunks === 0 ? null : await keys.find(key);
  const reader = dataKey === null ? null : await vault.openRead(key, dataKey);
  if (reader === null) return keptOf(new Map(), 0, null);
  try {
    const stored = reader.chunks();
    // A mark is written only once its chunks are durable: fewer means a damaged vault, which fsck names.
    const chunks = Math.min(row.markedChunks, firstMissing(rangesOf(stored.keys())));
    return keptOf(stored, chunks, chunks === row.markedChunks ? row.markedSig : null);
  } finally {
    await reader.close();
  }
}

const keptOf = (
  stored: Parameters<typeof rootOfChunks>[0],
  chunks: number,
  sig: string | null,
): Kept => ({
  chunks,
  sig,
  root: rootOfChunks(stored, chunks),
  sizeBytes: sizeOfChunks(stored, chunks),
});
