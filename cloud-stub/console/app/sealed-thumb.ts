/** The small picture of a clip that only its owner can open: locked, until their key opens it. */
import type { ClipView } from './api-client.ts';
import { el } from './dom.ts';
import { icon } from './icons.ts';
import { openStill } from './opened-footage.ts';
import type { OwnerKey } from './owner-key.ts';

export function sealedThumb(
  clip: ClipView,
  still: string | null,
  key: OwnerKey | null,
): HTMLElement {
  const title = 'End-to-end encrypted';
  const locked = el('span', { class: 'thumb-blank', title }, icon('lock', 22));
  if (still === null || key === null) return locked;
  const image = el('img', { alt: '', decoding: 'async', width: 112, height: 63 });
  // Sealed for another key, damaged, or gone: there is nothing that can be shown.
  const lock = (): void => image.replaceWith(locked);
  image.addEventListener('error', lock);
  image.addEventListener('load', () => URL.revokeObjectURL(image.src));
  openStill(clip, key, still).then((picture) => {
    image.src = URL.createObjectURL(picture);
  }, lock);
  return image;
}
