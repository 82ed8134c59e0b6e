/** Whether a clip is what its doorbell signed: checked in this browser, when asked, as all of it has to be fetched. */
import type { ClipView } from './api-client.ts';
import type { SignatureVerdict } from './clip-signature.ts';
import { type Child, el, fill } from './dom.ts';
import { messageOf } from './feed.ts';
import { checkClip } from './opened-footage.ts';
import { thingText } from './words.ts';

/** One at a time: another clip ends the check of the one before; the same clip shown again keeps its verdict. */
export function makeSignatureFact(): (clip: ClipView) => HTMLElement {
  let shown: { readonly name: string; readonly element: HTMLElement } | null = null;
  let checking = new AbortController();
  return (clip) => {
    const name = `${clip.thing}/${clip.clip}/${clip.root}`;
    if (shown?.name === name) return shown.element;
    checking.abort();
    checking = new AbortController();
    shown = { name, element: uncheckedFact(clip, checking.signal) };
    return shown.element;
  };
}

function uncheckedFact(clip: ClipView, signal: AbortSignal): HTMLElement {
  const check = el('button', { type: 'button', class: 'link-button' }, 'Check it');
  const element = el('span', { role: 'status' }, check);
  check.addEventListener('click', () => {
    fill(element, 'Checking…');
    checkClip(clip, signal).then(
      (verdict) => fill(element, el('span', { class: 'verdict' }, ...wordsOf(verdict, clip))),
      (error: unknown) => fill(element, `${messageOf(error)}. `, check),
    );
  });
  return element;
}

function wordsOf(verdict: SignatureVerdict, { thing }: ClipView): readonly Child[] {
  switch (verdict.kind) {
    case 'signed':
      return [`Every byte as ${thingText(thing)} signed it, key `, el('code', {}, verdict.key)];
    case 'signed-so-far':
      return [`Signed by ${thingText(thing)} as far as it got, key `, el('code', {}, verdict.key)];
    case 'unsigned':
      return [el('strong', { class: 'is-wrong' }, `Not its doorbell’s: ${verdict.because}`)];
  }
}
