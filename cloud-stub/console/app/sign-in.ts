/** The screen before the page: a token is exchanged for a session, and forgotten. */
import { api, RefusedError } from './api-client.ts';
import { el, setAttributes, setText } from './dom.ts';
import { icon } from './icons.ts';

/** Takes the token out of `#token=…` and the address at once, so that it stays in no history. */
export function tokenFromAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** `because` is told above the field, for who was signed out or came with a bad link. */
export function signInScreen(because: string | null, onSignedIn: () => void): HTMLElement {
  const field = el('input', {
    id: 'token',
    class: 'field',
    type: 'password',
    autocomplete: 'current-password',
    spellcheck: 'false',
    autocapitalize: 'off',
    required: true,
    'aria-describedby': 'sign-in-fault',
  });
  const fault = el('p', { id: 'sign-in-fault', class: 'sign-in-fault', role: 'alert' });
  const button = el('button', { class: 'button primary wide', type: 'submit' }, 'Sign in');
  const form = el(
    'form',
    { class: 'sign-in-form', novalidate: true },
    el('label', { for: 'token', class: 'label' }, 'Access token'),
    field,
    fault,
    button,
  );
  const say = (text: string): void => {
    setText(fault, text);
    setAttributes(field, { 'aria-invalid': text === '' ? null : 'true' });
  };
  form.addEventListener('submit', (submit) => {
    submit.preventDefault();
    const token = field.value.trim();
    if (token === '') {
      say('Paste your access token first.');
      field.focus();
      return;
    }
    setAttributes(button, { disabled: true, 'aria-busy': 'true' });
    api
      .beginSession(token)
      .then(onSignedIn)
      .catch((error: unknown) => {
        setAttributes(button, { disabled: null, 'aria-busy': null });
        say(faultText(error));
        field.select();
      });
  });
  if (because !== null) say(because);
  return el(
    'main',
    { class: 'sign-in' },
    el(
      'div',
      { class: 'sign-in-card' },
      el('div', { class: 'mark large' }, icon('doorbell', 34)),
      el('h1', {}, 'Who is at your door?'),
      el('p', { class: 'muted' }, 'Sign in to see what your doorbell saw.'),
      form,
      el(
        'p',
        { class: 'hint' },
        el('code', {}, 'npm start'),
        ' prints a link that signs you in by itself. ',
        el('code', {}, 'npx doorbell account token'),
        ' makes another token.',
      ),
    ),
  );
}

export function faultText(error: unknown): string {
  if (error instanceof RefusedError) {
    return error.status === 401
      ? 'This token is not valid.'
      : `The cloud refused: ${error.message}.`;
  }
  return 'The cloud cannot be reached. Is it running?';
}
