/** Opens a clip's vault for the ingest, and brings the catalogue's stills in step with it. */
import { sql } from 'kysely';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { ClipKey, VaultClip } from '../../ports.ts';
import type { IngestWorld } from './ingest-world.ts';

/** Null: the clip was purged meanwhile, as `isGone` tells. Throws VaultError. */
export async function openClipVault(
  world: IngestWorld,
  key: ClipKey,
  isGone: () => boolean,
): Promise<VaultClip | null> {
  const { keys, vault } = world;
  const dataKey = await keys.obtain(key);
  // [RET-7] Nothing runs between this and `open`: what a purge has removed is not made anew.
  if (isGone()) return null;
  const clip = await vault.open(key, dataKey);
  try {
    await recordStills(world, key, clip);
    return clip;
  } catch (error) {
    // Left open, it could not be opened again before the next start, nor its clip arrive.
    await clip.close();
    throw error;
  }
}

/** A crash may have come between a still's bytes and its row. */
async function recordStills(world: IngestWorld, key: ClipKey, clip: VaultClip): Promise<void> {
  const stills = clip.stills();
  if (stills.length === 0) return;
  const sizes = await Promise.all(
    stills.map(async (still) => ({ still, sizeBytes: (await clip.still(still))?.length ?? 0 })),
  );
  await keepStills(world, key, sizes);
}

/** Rows of stills whose bytes are durable; of a clip that is purged meanwhile there are none. */
export async function keepStills(
  { catalogue, clock }: Pick<IngestWorld, 'catalogue' | 'clock'>,
  { thing, clip }: ClipKey,
  stills: readonly { readonly still: Ulid; readonly sizeBytes: number }[],
): Promise<void> {
  await catalogue.write(async (tx) => {
    for (const { still, sizeBytes } of stills) {
      await sql`
        insert into stills (thing, clip, still, "sizeBytes", "receivedAt")
        select thing, clip, ${still}, ${sizeBytes}, ${clock.now()} from clips
        where thing = ${thing} and clip = ${clip} and possession in ('staged', 'stored')
        on conflict do nothing`.execute(tx);
    }
  });
}
