/** What covers a clip that only its owner can open, until it is opened, or where it cannot be. */
import type { ClipView } from './api-client.ts';
import { el } from './dom.ts';
import { icon } from './icons.ts';

export type SealedState =
  | { readonly kind: 'no-key' | 'arriving' | 'opening' }
  | { readonly kind: 'other-key'; readonly held: string }
  | { readonly kind: 'failed'; readonly because: string }
  | { readonly kind: 'damaged'; readonly because: string; readonly playRest: (() => void) | null }
  | { readonly kind: 'unsigned'; readonly because: string; readonly playAnyway: () => void };

export type SealedActions = { onKey(): void; onRetry(): void };

export function sealedCover(
  state: SealedState,
  clip: ClipView,
  { onKey, onRetry }: SealedActions,
): HTMLElement {
  const [title, text] = wordsOf(state, clip);
  const isFault = ['damaged', 'failed', 'unsigned'].includes(state.kind);
  return el(
    'div',
    { class: 'cover-words', role: isFault ? 'alert' : 'status' },
    icon(isFault ? 'warning' : 'lock', 30),
    el('strong', {}, title),
    el('span', { class: 'cover-text' }, text),
    state.kind === 'no-key' || state.kind === 'other-key' ? button('Open your key', onKey) : null,
    state.kind === 'failed' ? button('Try again', onRetry) : null,
    state.kind === 'damaged' && state.playRest !== null
      ? button('Play what comes before', state.playRest)
      : null,
    state.kind === 'unsigned' ? button('Play it anyway', state.playAnyway) : null,
  );
}

function wordsOf(state: SealedState, clip: ClipView): readonly [title: string, text: string] {
  const wanted = clip.e2ee?.recipients.map(({ recipient }) => recipient).join(' or ') ?? '';
  switch (state.kind) {
    case 'no-key':
      return ['End-to-end encrypted', `Only you can open this clip, with key ${wanted}.`];
    case 'arriving':
      return ['Still recording', 'It is encrypted, and opens here as soon as it is whole.'];
    case 'opening':
      return ['Opening…', 'Your browser decrypts it; the cloud cannot.'];
    case 'other-key':
      return [
        'Sealed for another key',
        `It opens with key ${wanted}; this tab holds ${state.held}.`,
      ];
    case 'failed':
      return ['This clip does not open', `${state.because}.`];
    case 'unsigned':
      return ['Not signed by its doorbell', `Somebody else may have made it: ${state.because}.`];
    case 'damaged':
      return [
        'This clip is damaged',
        `Its ${state.because}: it was altered after it was recorded.`,
      ];
  }
}

function button(words: string, act: () => void): HTMLElement {
  const made = el('button', { type: 'button', class: 'button' }, words);
  made.addEventListener('click', act);
  return made;
}
