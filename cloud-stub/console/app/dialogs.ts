/** Modal questions and the list of keys, as the browser's own dialogs: it keeps focus inside and Escape works. */
import { type Child, el } from './dom.ts';
import { icon } from './icons.ts';

/** Resolves whether the question was answered with yes. */
export function confirmed(question: {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
}): Promise<boolean> {
  const yes = el('button', { type: 'submit', value: 'yes', class: 'button danger' }, question.yes);
  const no = el('button', { type: 'submit', value: 'no', class: 'button' }, 'Keep');
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'question', role: 'alertdialog' },
    el(
      'form',
      { method: 'dialog' },
      el('h2', { id: 'question' }, question.title),
      el('p', { class: 'muted' }, question.text),
      el('div', { class: 'dialog-buttons' }, no, yes),
    ),
  );
  return new Promise((resolve) => {
    open(dialog, () => resolve(dialog.returnValue === 'yes'));
    no.focus();
  });
}

const keys: readonly (readonly [string, string])[] = [
  ['j  k', 'next and previous in the timeline'],
  ['Enter', 'open what is focused'],
  ['Space', 'play and pause'],
  ['←  →', 'back and forward 5 seconds'],
  ['m', 'sound on and off'],
  ['f', 'full screen'],
  ['l  Esc', 'live view'],
  ['Del', 'delete the clip'],
  ['z', 'zones and motion on the live view'],
  ['t', 'light, dark, or as the system has it'],
  ['?', 'this list'],
];

export function showKeys(): void {
  const list = keys.flatMap(([names, meaning]) => [
    el('dt', {}, ...names.split('  ').map((name) => el('kbd', {}, name))),
    el('dd', {}, meaning),
  ]);
  openDialog('Keyboard', el('dl', { class: 'keys' }, ...list));
}

/** With a title and a way out; returns what closes it. */
export function openDialog(title: string, ...content: readonly Child[]): () => void {
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title' },
    el(
      'form',
      { method: 'dialog', class: 'dialog-head' },
      el('h2', { id: 'dialog-title' }, title),
      el(
        'button',
        { class: 'icon-button', type: 'submit', 'aria-label': 'Close' },
        icon('close', 18),
      ),
    ),
    ...content,
  );
  open(dialog, () => {});
  return () => dialog.close();
}

function open(dialog: HTMLDialogElement, onClose: () => void): void {
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClose();
  });
  dialog.addEventListener('click', (click) => {
    if (click.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
