/** One row of the timeline: a clip with its picture, or a notice. */
import { type ClipView, type EventView, stillUrl } from './api-client.ts';
import { el, fill, setAttributes } from './dom.ts';
import { icon } from './icons.ts';
import type { OwnerKey } from './owner-key.ts';
import { sealedThumb } from './sealed-thumb.ts';
import {
  clipIcon,
  clipTitle,
  clockText,
  happenedAt,
  lengthText,
  noticeOf,
  secondText,
  sizeText,
  thingText,
} from './words.ts';

export type ClipItem = {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  show(clip: ClipView, showThing: boolean, ownerKey: OwnerKey | null): void;
};

export function makeClipItem(onOpen: () => void): ClipItem {
  const thumb = el('span', { class: 'thumb' });
  const words = el('span', { class: 'item-words' });
  const button = el('button', { type: 'button', class: 'item' }, thumb, words);
  button.addEventListener('click', onOpen);
  const element = el('li', {}, button);
  let shownStill: string | null | undefined;
  let shownKey: OwnerKey | null = null;
  return {
    element,
    button,
    show(clip, showThing, ownerKey) {
      const still = stillUrl(clip);
      const isSealed = clip.e2ee !== null;
      if (still !== shownStill || (isSealed && ownerKey !== shownKey)) {
        shownStill = still;
        shownKey = ownerKey;
        fill(thumb, isSealed ? sealedThumb(clip, still, ownerKey) : thumbPicture(clip, still));
      }
      thumb.querySelector('.thumb-length')?.remove();
      if (clip.state === 'stored' && clip.durationMs !== null) {
        thumb.append(el('span', { class: 'thumb-length' }, lengthText(clip.durationMs)));
      }
      fill(
        words,
        el(
          'span',
          { class: 'item-title' },
          el('span', { class: `glyph glyph-${clip.trigger}` }, icon(clipIcon(clip), 16)),
          el('span', { class: 'item-name' }, clipTitle(clip)),
        ),
        el(
          'span',
          { class: 'item-facts' },
          el('time', { datetime: happenedAt(clip) }, secondText(happenedAt(clip))),
          showThing ? el('span', {}, thingText(clip.thing)) : null,
        ),
        badge(clip),
      );
      setAttributes(element, { 'data-clip': clip.clip, 'data-trigger': clip.trigger });
    },
  };
}

function thumbPicture(clip: ClipView, still: string | null): HTMLElement {
  const blank = el('span', { class: 'thumb-blank' }, icon(clipIcon(clip), 22));
  if (still === null) return blank;
  const image = el('img', {
    src: still,
    alt: '',
    loading: 'lazy',
    decoding: 'async',
    width: 112,
    height: 63,
  });
  image.addEventListener('error', () => image.replaceWith(blank));
  return image;
}

function badge(clip: ClipView): HTMLElement | null {
  if (clip.state === 'arriving') {
    const size = clip.sizeBytes > 0 ? ` · ${sizeText(clip.sizeBytes)}` : '';
    const dot = el('span', { class: 'dot' });
    return el('span', { class: 'badge badge-live' }, dot, `Recording${size}`);
  }
  if (clip.unfinished) return el('span', { class: 'badge badge-warning' }, 'Ends early');
  if (clip.truncated) return el('span', { class: 'badge badge-warning' }, 'Cut short');
  const isMotionToo =
    clip.trigger === 'ding' && clip.triggers.some(({ kind }) => kind === 'motion');
  return isMotionToo ? el('span', { class: 'badge' }, 'Motion before the ring') : null;
}

export function noticeItem(event: EventView, showThing: boolean): HTMLElement | null {
  const notice = noticeOf(event);
  if (notice === null) return null;
  const [glyph, text] = notice;
  return el(
    'li',
    { class: 'notice' },
    icon(glyph, 16),
    el('span', {}, showThing ? `${text} · ${thingText(event.thing)}` : text),
    el('time', { datetime: event.at }, clockText(event.at)),
  );
}
