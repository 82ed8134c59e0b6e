/** Whether the owner of an encrypted clip can open what the cloud holds of it, and the cloud cannot. */
import { readOwnerKey } from '../../../cloud-stub/console/app/owner-key.ts';
import { openClip, SealedFootageError } from '../../../cloud-stub/console/app/sealed-footage.ts';
import type { ClipKey } from '../../../cloud-stub/ports.ts';
import { openingSchema } from '../../../device/wire/messages.ts';
import type { World } from '../world.ts';

/** `cut-short`: up to where it was interrupted. `legible`: whoever holds the bytes sees the pictures. */
export const openings = ['whole', 'cut-short', 'not', 'legible'] as const;

export async function openingOf(world: World, key: ClipKey): Promise<(typeof openings)[number]> {
  const sealed = await bytesOf(world, key);
  const doorbell = world.doorbells.entries().find(([, { thing }]) => thing === key.thing)?.[1];
  const row = await world.record(key);
  if (sealed === null || row === null || doorbell === undefined) return 'not';
  // What the simulated camera writes into each of its pictures.
  const label = `footage of ${key.thing}`;
  if (sealed.includes(label)) return 'legible';
  const { e2ee } = openingSchema.parse(JSON.parse(row.opening));
  const { ownerKeyPem } = doorbell;
  if (e2ee === undefined || ownerKeyPem === null) return 'not';
  try {
    const opener = await openClip(await readOwnerKey(ownerKeyPem), key, e2ee.recipients);
    const footage = opener.footage(once(sealed));
    const pieces: Uint8Array[] = [];
    for await (const piece of footage.pieces) pieces.push(piece);
    if (!Buffer.concat(pieces).includes(label)) return 'not';
    return footage.isWhole() ? 'whole' : 'cut-short';
  } catch (error) {
    if (!(error instanceof SealedFootageError)) throw error;
    return 'not';
  }
}

/** From the vault itself, decrypted as far as the cloud can. */
async function bytesOf({ server }: World, key: ClipKey): Promise<Buffer | null> {
  const dataKey = await server.ports.keys.find(key);
  const reader = dataKey === null ? null : await server.ports.vault.openRead(key, dataKey);
  if (reader === null) return null;
  const chunks: Uint8Array[] = [];
  for (const index of [...reader.chunks().keys()].toSorted((a, b) => a - b)) {
    chunks.push(await reader.read(index));
  }
  await reader.close();
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
