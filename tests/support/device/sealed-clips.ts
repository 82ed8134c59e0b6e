/** Opens what a doorbell sealed, as its owner would. */
import { readOwnerKey } from '../../../cloud-stub/console/app/owner-key.ts';
import { openClip, type WrappedKey } from '../../../cloud-stub/console/app/sealed-footage.ts';
import { createOwnerKey } from '../../../tools/commands/owner-keys.ts';

export type OpenedClip = { readonly bytes: Buffer; readonly isWhole: boolean };

/** An owner who can have footage sealed, and open it. */
export function makeFootageOwner(key = createOwnerKey()) {
  const { privatePem, publicKey } = key;
  const opener = async (thing: string, clip: string, recipients: readonly WrappedKey[]) =>
    openClip(await readOwnerKey(privatePem), { thing, clip }, recipients);
  return {
    privatePem,
    publicKey,
    async open(
      { thing, clip }: { readonly thing: string; readonly clip: string },
      recipients: readonly WrappedKey[],
      sealed: Uint8Array,
    ): Promise<OpenedClip> {
      const footage = (await opener(thing, clip, recipients)).footage(once(sealed));
      const pieces: Uint8Array[] = [];
      for await (const piece of footage.pieces) pieces.push(piece);
      return { bytes: Buffer.concat(pieces), isWhole: footage.isWhole() };
    },
    async openStill(
      { thing, clip }: { readonly thing: string; readonly clip: string },
      recipients: readonly WrappedKey[],
      still: string,
      sealed: Uint8Array,
    ): Promise<Buffer> {
      return Buffer.from(await (await opener(thing, clip, recipients)).still(still, sealed));
    },
  };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
