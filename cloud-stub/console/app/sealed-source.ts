/** Where a player gets a clip that only the owner's key opens: fetched and decrypted here, then played from memory. */
import type { ClipView } from './api-client.ts';
import { messageOf } from './feed.ts';
import { openFootage, opens } from './opened-footage.ts';
import type { OwnerKey } from './owner-key.ts';
import type { SealedState } from './sealed-cover.ts';

export type KeyAccess = { owned(): OwnerKey | null; ask(): void };

export type SealedSource = {
  load(clip: ClipView, startAtSeconds: number): void;
  close(): void;
};

export type SealedShow = {
  cover(state: SealedState): void;
  /** Something to know about what is played; null: nothing. */
  remark(words: string | null): void;
  play(startAtSeconds: number): void;
};

export function makeSealedSource(
  video: HTMLVideoElement,
  key: KeyAccess,
  show: SealedShow,
): SealedSource {
  let opening: AbortController | null = null;
  let address: string | null = null;

  const drop = (): void => {
    opening?.abort();
    opening = null;
    if (address === null) return;
    URL.revokeObjectURL(address);
    address = null;
  };
  const empty = (): void => {
    drop();
    show.remark(null);
    video.removeAttribute('src');
    video.load();
  };
  const play = (bytes: Blob, startAtSeconds: number): void => {
    address = URL.createObjectURL(bytes);
    video.src = address;
    show.play(startAtSeconds);
  };

  async function open(clip: ClipView, owner: OwnerKey, startAtSeconds: number): Promise<void> {
    opening = new AbortController();
    const { signal } = opening;
    show.cover({ kind: 'opening' });
    try {
      const opened = await openFootage(clip, owner, signal);
      const { video: bytes, damage, isWhole, signature } = opened;
      if (signal.aborted) return;
      if (damage !== null) {
        const playRest = (): void => {
          show.remark(`Played up to its damage: ${damage}.`);
          play(bytes, 0);
        };
        show.cover({
          kind: 'damaged',
          because: damage,
          playRest: bytes.size > 0 ? playRest : null,
        });
        return;
      }
      const isCut = !isWhole && !clip.truncated && !clip.unfinished;
      if (isCut) show.remark('The end that its doorbell sealed is missing: it was cut off since.');
      else if (signature.kind === 'unsigned') {
        const { because } = signature;
        const playAnyway = (): void => {
          show.remark(`Not signed by its doorbell: ${because}.`);
          play(bytes, 0);
        };
        show.cover({ kind: 'unsigned', because, playAnyway });
        return;
      }
      play(bytes, startAtSeconds);
    } catch (error) {
      if (!signal.aborted) show.cover({ kind: 'failed', because: messageOf(error) });
    }
  }

  return {
    load(clip, startAtSeconds) {
      empty();
      const owner = key.owned();
      if (owner === null) show.cover({ kind: 'no-key' });
      else if (!opens(owner, clip)) show.cover({ kind: 'other-key', held: owner.id });
      else if (clip.state === 'arriving') show.cover({ kind: 'arriving' });
      else void open(clip, owner, startAtSeconds);
    },
    close: drop,
  };
}
