/** The owner's account: its plan and windows, everything to take along, and what cannot be undone. */
import { type AccountView, accountDataUrl, api } from './api-client.ts';
import { confirmed, openDialog } from './dialogs.ts';
import { el } from './dom.ts';
import { messageOf } from './feed.ts';
import { icon } from './icons.ts';
import type { Toasts } from './toasts.ts';
import { dateText } from './words.ts';

export type AccountActions = {
  /** All that was there is gone. */
  onEmptied(): void;
  onClosed(): void;
  /** Their key for end-to-end encrypted footage is asked for. */
  onKey(): void;
};

export async function showAccount(toasts: Toasts, actions: AccountActions): Promise<void> {
  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      toasts.show({ glyph: 'warning', title: what, text: messageOf(error), kind: 'fault' });
    }
  };
  await attempt('Your account could not be shown', async () => {
    const account = await api.account();
    const close = openDialog(
      'Account',
      el('dl', { class: 'facts account-facts' }, ...factsOf(account)),
      el(
        'div',
        { class: 'account-actions' },
        el(
          'a',
          { class: 'button', href: accountDataUrl, download: true },
          icon('download', 18),
          'Download everything',
        ),
        keyButton(() => {
          close();
          actions.onKey();
        }),
        danger('Delete all clips', () => void attempt('Not all was deleted', deleteAll)),
        danger('Close the account', () => void attempt('The account was not closed', closeAccount)),
      ),
    );

    async function deleteAll(): Promise<void> {
      const isSure = await confirmed({
        title: 'Delete all clips?',
        text: 'Every clip of every doorbell disappears at once. This cannot be undone.',
        yes: 'Delete all',
      });
      if (!isSure) return;
      const { deleted } = await api.removeAllClips();
      close();
      actions.onEmptied();
      toasts.show({ glyph: 'check', title: `${deleted} clips deleted`, shownMs: 4000 });
    }

    async function closeAccount(): Promise<void> {
      const isSure = await confirmed({
        title: `Close the account of ${account.name}?`,
        text: 'Your clips, events and sign-ins are gone at once, your doorbells are nobody’s. This cannot be undone.',
        yes: 'Close the account',
      });
      if (!isSure) return;
      await api.closeAccount();
      close();
      actions.onClosed();
    }
  });
}

function keyButton(act: () => void): HTMLElement {
  const button = el('button', { type: 'button', class: 'button' }, icon('lock', 18), 'Your key');
  button.addEventListener('click', act);
  return button;
}

function danger(words: string, act: () => void): HTMLElement {
  const button = el('button', { type: 'button', class: 'button ghost-danger' }, words);
  button.addEventListener('click', act);
  return button;
}

function factsOf(account: AccountView): HTMLElement[] {
  const fact = (name: string, value: string): HTMLElement =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value));
  const { plan } = account;
  const deleting: Readonly<Record<AccountView['onDelete'], string>> = {
    purge: 'destroys the footage at once',
    grace: 'hides it at once, and destroys it a few days later',
    preserve: 'hides it at once; the provider keeps it sealed until its time is over',
  };
  return [
    fact('Account', account.name),
    fact('Since', dateText(account.openedAt)),
    fact('Plan', plan.clipWindowMs === null ? `${plan.name}: it has lapsed` : plan.name),
    ...(plan.clipWindowMs === null ? [] : [fact('Clips are kept', daysText(plan.clipWindowMs))]),
    fact('Deleting', deleting[account.onDelete]),
  ];
}

const daysText = (ms: number): string => `${Math.round(ms / 86_400_000)} days`;
