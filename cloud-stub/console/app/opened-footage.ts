/** Fetches what only the owner can read, and opens it here: what is opened never leaves this tab. */
import { api, type ClipView } from './api-client.ts';
import { checkSignatures, hashingChunks, type SignatureVerdict } from './clip-signature.ts';
import type { OwnerKey } from './owner-key.ts';
import { type ClipOpener, openClip, SealedFootageError } from './sealed-footage.ts';

export type OpenedFootage = {
  readonly video: Blob;
  /** What was wrong; the video then ends before it. */
  readonly damage: string | null;
  /** The end that the doorbell sealed is there. */
  readonly isWhole: boolean;
  readonly signature: SignatureVerdict;
};

const openerOf = (clip: ClipView, owner: OwnerKey): Promise<ClipOpener> =>
  openClip(owner, clip, clip.e2ee?.recipients ?? []);

/** Throws SealedFootageError (`other-key`) and what the cloud's refusals throw. */
export async function openFootage(
  clip: ClipView,
  owner: OwnerKey,
  signal: AbortSignal,
): Promise<OpenedFootage> {
  const opener = await openerOf(clip, owner);
  const signatures = await api.signatures(clip, signal);
  const { body } = await api.footage(clip, signal);
  const hashing = hashingChunks(body ?? new ReadableStream(), signatures.chunkBytes);
  const footage = opener.footage(hashing.footage);
  const pieces: Blob[] = [];
  let damage: string | null = null;
  try {
    for await (const piece of footage.pieces) pieces.push(new Blob([piece]));
  } catch (error) {
    if (!(error instanceof SealedFootageError)) throw error;
    damage = error.message;
  }
  const video = new Blob(pieces, { type: clip.mediaType });
  const signature = await checkSignatures(clip, signatures, await hashing.hashes());
  return { video, damage, isWhole: footage.isWhole(), signature };
}

/** Whether the clip is what its doorbell signed, sealed or not: all of it is fetched for that. */
export async function checkClip(clip: ClipView, signal: AbortSignal): Promise<SignatureVerdict> {
  const signatures = await api.signatures(clip, signal);
  const { body } = await api.footage(clip, signal);
  const hashing = hashingChunks(body ?? new ReadableStream(), signatures.chunkBytes);
  for await (const _piece of hashing.footage); // only its hashes are wanted
  return checkSignatures(clip, signatures, await hashing.hashes());
}

/** `where` is the still's address. Throws SealedFootageError and what the cloud's refusals throw. */
export async function openStill(clip: ClipView, owner: OwnerKey, where: string): Promise<Blob> {
  const opener = await openerOf(clip, owner);
  const sealed = new Uint8Array(await (await api.still(where)).arrayBuffer());
  const still = decodeURIComponent(where.slice(where.lastIndexOf('/') + 1));
  return new Blob([await opener.still(still, sealed)], { type: 'image/jpeg' });
}

/** Whether this key is one of those for which the clip is sealed. */
export const opens = (owner: OwnerKey, clip: ClipView): boolean =>
  clip.e2ee?.recipients.some(({ recipient }) => recipient === owner.id) ?? false;
