/** What covers a clip that does not play: why, and another try. */
import { api, type ClipKey, RefusedError } from './api-client.ts';
import { el, setText } from './dom.ts';
import { messageOf } from './feed.ts';
import { icon } from './icons.ts';

export function playbackFault(error: MediaError, clip: ClipKey, onRetry: () => void): HTMLElement {
  const retry = el('button', { type: 'button', class: 'button' }, 'Try again');
  retry.addEventListener('click', onRetry);
  const isCut = error.code === MediaError.MEDIA_ERR_NETWORK;
  const words = el(
    'span',
    {},
    isCut ? 'The connection was lost.' : 'Its footage could not be read.',
  );
  // The browser tells not why: whoever serves it may.
  api.clip(clip).catch((refused: unknown) => {
    const isGone = refused instanceof RefusedError && refused.status === 404;
    setText(words, isGone ? 'It was deleted, or its time is over.' : `${messageOf(refused)}.`);
  });
  return el(
    'div',
    { class: 'cover-words', role: 'alert' },
    icon('warning', 30),
    el('strong', {}, 'This clip does not play'),
    words,
    retry,
  );
}
