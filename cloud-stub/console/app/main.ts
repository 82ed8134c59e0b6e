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

function showHome(root: Element): void {
  leave?.();
  const home = openHome((because) => showSignIn(root, because));
  leave = home.close;
  fill(root, home.element);
}

function showSignIn(root: Element, because: string | null): void {
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
  try {
    await (token === null ? api.session() : api.beginSession(token));
  } catch (error) {
    const isQuiet = token === null && error instanceof RefusedError && error.status === 401;
    showSignIn(root, isQuiet ? null : faultText(error));
    return;
  }
  showHome(root);
}

void begin(app);
// A link with a token that is opened in a tab that is already here changes only the fragment.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) void begin(app);
});
