/** Short messages that come and go; a ring stays a while and can be acted on. */
import { el, iconButton } from './dom.ts';
import { type IconName, icon } from './icons.ts';

export type Toast = {
  readonly glyph: IconName;
  readonly title: string;
  readonly text?: string;
  readonly kind?: 'ring' | 'plain' | 'fault';
  readonly action?: { readonly label: string; act(): void };
  readonly shownMs?: number;
};

export type Toasts = { readonly element: HTMLElement; show(toast: Toast): void };

const toastsMax = 4;

export function makeToasts(): Toasts {
  // Assertive: somebody stands at the door.
  const element = el('div', { class: 'toasts', role: 'alert', 'aria-live': 'assertive' });
  return {
    element,
    show({ glyph, title, text, kind = 'plain', action, shownMs = 6000 }) {
      const remove = (): void => {
        clearTimeout(timer);
        toast.remove();
      };
      const button =
        action === undefined
          ? null
          : el('button', { type: 'button', class: 'button small' }, action.label);
      button?.addEventListener('click', () => {
        action?.act();
        remove();
      });
      const toast = el(
        'div',
        { class: `toast toast-${kind}` },
        el('span', { class: 'toast-glyph' }, icon(glyph, 22)),
        el(
          'div',
          { class: 'toast-words' },
          el('strong', {}, title),
          text === undefined ? null : el('span', { class: 'muted' }, text),
        ),
        button,
        iconButton('Dismiss', icon('close', 16), remove, 'icon-button small'),
      );
      const timer = setTimeout(remove, shownMs);
      element.append(toast);
      while (element.childElementCount > toastsMax) element.firstElementChild?.remove();
    },
  };
}
