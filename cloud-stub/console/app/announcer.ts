/** Tells who does not see the timeline what is added to it. A ring is told by its toast. */
import type { ClipView } from './api-client.ts';
import { el, setText } from './dom.ts';
import { clipTitle, thingText } from './words.ts';

export type Announcer = { readonly element: HTMLElement; onClip(clip: ClipView): void };

export function makeAnnouncer(): Announcer {
  const element = el('p', { class: 'unseen', role: 'status' });
  const told = new Set<string>();
  return {
    element,
    onClip(clip) {
      if (clip.state !== 'arriving' || clip.trigger === 'ding' || told.has(clip.clip)) return;
      told.add(clip.clip);
      setText(element, `${clipTitle(clip)} at ${thingText(clip.thing).toLowerCase()}, recording`);
    },
  };
}
