/** Begins the page: signs in by the address, by the session there is, or by asking. */
import { api, RefusedError } from './api-client.ts';
import { fill } from './dom.ts';
import { openHome } from './home.ts';
import { faultText, signInScreen, tokenFromAddress } from './sign-in.ts';
import { applyTheme, currentTheme } from './theme.ts';

applyTheme(currentTheme());
const app = document.getElementById('app');
if (app === null) throw new Error('the page has no place to stand in');

let leave: (() => void) | null = null;

/** Whether a session was begun in this browser; the cookie itself is out of a script's sight. */
const signedIn = {
  key: 'doorbell-signed-in',
  is: (): boolean => localStorage.getItem(signedIn.key) !== null,
  set: (): void => localStorage.setItem(signedIn.key, '1'),
  clear: (): void => localStorage.removeItem(signedIn.key),
};

function showHome(root: Element): void {
  signedIn.set();
  leave?.();
  const home = openHome((because) => showSignIn(root, because));
  leave = home.close;
  fill(root, home.element);
}

function showSignIn(root: Element, because: string | null): void {
  signedIn.clear();
  leave?.();
  leave = null;
  document.title = 'Sign in · Doorbell';
  fill(
    root,
    signInScreen(because, () => showHome(root)),
  );
  root.querySelector('input')?.focus();
}

async function begin(root: Element): Promise<void> {
  const token = tokenFromAddress();
  if (token === null && !signedIn.is()) {
    showSignIn(root, null);
    return;
  }
  try {
    await (token === null ? api.session() : api.beginSession(token));
    showHome(root);
  } catch (error) {
    const isOver = token === null && error instanceof RefusedError && error.status === 401;
    showSignIn(root, isOver ? 'Your session has ended. Sign in again.' : faultText(error));
  }
}

void begin(app);
// A link with a token that is opened in a tab that is already here changes only the fragment.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) void begin(app);
});
