/** Opens a clip's vault for the ingest, and brings the catalogue's stills in step with it. */
import type { ClipKey, VaultClip } from '../ports.ts';
import type { IngestWorld } from './ingest-world.ts';

/** Throws VaultError. */
export async function openClipVault(world: IngestWorld, key: ClipKey): Promise<VaultClip> {
  const { catalogue, clock, keys, vault } = world;
  const clip = await vault.open(key, await keys.obtain(key));
  const stills = clip.stills();
  if (stills.length === 0) return clip;
  // A crash may have come between a still's bytes and its row.
  const sizes = await Promise.all(
    stills.map(async (still) => ({ still, sizeBytes: (await clip.still(still))?.length ?? 0 })),
  );
  await catalogue.write((tx) =>
    tx
      .insertInto('stills')
      .values(sizes.map((size) => ({ ...key, ...size, receivedAt: clock.now() })))
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
  return clip;
}
