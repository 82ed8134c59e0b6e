/** The bar at the top: whose page it is, how it looks, the keys, and the way out. */

import { showKeys } from './dialogs.ts';
import { el, fill, iconButton, setAttributes } from './dom.ts';
import { icon } from './icons.ts';
import { applyTheme, currentTheme, type Theme, themeAfter } from './theme.ts';

export type Header = { readonly element: HTMLElement; nextTheme(): void };

const themeFaces: Readonly<Record<Theme, readonly [Parameters<typeof icon>[0], string]>> = {
  system: ['contrast', 'Looks: as the system'],
  light: ['sun', 'Looks: light'],
  dark: ['moon', 'Looks: dark'],
};

export function makeHeader(onSignOut: () => void, onAccount: () => void): Header {
  const nextTheme = (): void => {
    applyTheme(themeAfter(currentTheme()));
    showTheme();
  };
  const themeButton = iconButton('Looks', icon('contrast'), nextTheme);
  const showTheme = (): void => {
    const [glyph, label] = themeFaces[currentTheme()];
    fill(themeButton, icon(glyph));
    setAttributes(themeButton, { 'aria-label': label, title: label });
  };
  showTheme();
  const keys = iconButton('Keyboard', icon('keyboard'), showKeys, 'icon-button needs-keys');
  const element = el(
    'header',
    { class: 'header' },
    el('span', { class: 'mark' }, icon('doorbell', 20)),
    el('span', { class: 'brand' }, 'Doorbell'),
    el('span', { class: 'spacer' }),
    keys,
    themeButton,
    iconButton('Account', icon('account'), onAccount),
    iconButton('Sign out', icon('signOut'), onSignOut),
  );
  return { element, nextTheme };
}
