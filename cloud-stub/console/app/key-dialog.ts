/** Where an owner hands this tab their key, from its file or pasted, and takes it back. */
import { openDialog } from './dialogs.ts';
import { el, fill, setText } from './dom.ts';
import { OwnerKeyError, readOwnerKey } from './owner-key.ts';
import type { Store } from './store.ts';

export function showKeyDialog(store: Store): void {
  const fault = el('p', { class: 'note note-warning', role: 'alert', hidden: true });
  const file = el('input', { type: 'file', accept: '.pem,.key', id: 'key-file' });
  const text = el('textarea', {
    class: 'field',
    id: 'key-text',
    rows: 4,
    spellcheck: 'false',
    autocomplete: 'off',
    placeholder: '-----BEGIN PRIVATE KEY-----',
  });
  const take = async (pem: string): Promise<void> => {
    try {
      store.set({ ownerKey: await readOwnerKey(pem) });
      close();
    } catch (error) {
      if (!(error instanceof OwnerKeyError)) throw error;
      setText(fault, `This opens nothing: ${error.message}.`);
      fault.hidden = false;
    }
  };
  file.addEventListener('change', () => void file.files?.[0]?.text().then(take));
  const use = el('button', { type: 'button', class: 'button' }, 'Use the pasted key');
  use.addEventListener('click', () => void take(text.value));
  const held = el('p', { class: 'muted' });
  const forget = el('button', { type: 'button', class: 'button ghost-danger' }, 'Forget it');
  forget.addEventListener('click', () => {
    store.set({ ownerKey: null });
    close();
  });
  const { ownerKey } = store.state;
  if (ownerKey !== null) {
    fill(held, 'This tab holds key ', el('code', {}, ownerKey.id), '. Closing the tab forgets it.');
  }
  const close = openDialog(
    'Your key',
    el(
      'p',
      { class: 'muted' },
      'Footage that your doorbell encrypts end to end opens with your private key, ',
      el('code', {}, 'owner-key.pem'),
      '. It stays in this tab’s memory: it is not sent, not stored, and forgotten when you leave or sign out.',
    ),
    ownerKey === null ? null : held,
    el(
      'div',
      { class: 'key-form' },
      el('label', { for: 'key-file' }, 'From its file'),
      file,
      el('label', { for: 'key-text' }, 'Or pasted'),
      text,
      fault,
    ),
    el('div', { class: 'dialog-buttons' }, ownerKey === null ? null : forget, use),
  );
}
