/** Picking several clips in the timeline, to delete them together. */
import { confirmed } from './dialogs.ts';
import { el, setAttributes, setText } from './dom.ts';
import { type Feed, messageOf } from './feed.ts';
import { icon } from './icons.ts';
import { nameOfClip, type Store } from './store.ts';
import type { Toasts } from './toasts.ts';

/** The pill that begins picking, and the bar at the bottom while it lasts. */
export type Picking = { readonly pill: HTMLElement; readonly bar: HTMLElement };

export function makePicking(store: Store, feed: Feed, toasts: Toasts): Picking {
  const stop = (): void => store.set({ picked: null });
  const pill = el(
    'button',
    { type: 'button', class: 'pill pill-button', 'aria-label': 'Select', title: 'Select clips' },
    icon('check', 16),
  );
  pill.addEventListener('click', () =>
    store.set({ picked: store.state.picked === null ? new Set() : null }),
  );

  const count = el('strong', { role: 'status' });
  const remove = el(
    'button',
    { type: 'button', class: 'button danger' },
    icon('trash', 18),
    'Delete',
  );
  const cancel = el('button', { type: 'button', class: 'button' }, 'Cancel');
  cancel.addEventListener('click', stop);
  remove.addEventListener('click', () => void removePicked());
  const bar = el(
    'div',
    { class: 'picking-bar', role: 'group', 'aria-label': 'Selected clips', hidden: true },
    count,
    cancel,
    remove,
  );

  async function removePicked(): Promise<void> {
    const { picked, clips } = store.state;
    const chosen = clips.filter((clip) => picked?.has(nameOfClip(clip)));
    if (chosen.length === 0) return;
    const isSure = await confirmed({
      title: chosen.length === 1 ? 'Delete this clip?' : `Delete ${chosen.length} clips?`,
      text: 'They disappear at once. This cannot be undone.',
      yes: 'Delete',
    });
    if (!isSure) return;
    try {
      await feed.remove(chosen);
      toasts.show({ glyph: 'check', title: `${chosen.length} deleted`, shownMs: 3000 });
    } catch (error) {
      toasts.show({
        glyph: 'warning',
        title: 'Not all clips were deleted',
        text: messageOf(error),
        kind: 'fault',
      });
    }
    stop();
  }

  store.watch(['picked', 'clips'], ({ picked, clips }) => {
    setAttributes(pill, { 'aria-pressed': String(picked !== null) });
    bar.hidden = picked === null;
    // One that went meanwhile is none to delete.
    const left = clips.filter((clip) => picked?.has(nameOfClip(clip))).length;
    setText(count, left === 1 ? '1 clip selected' : `${left} clips selected`);
    remove.disabled = left === 0;
  });
  return { pill, bar };
}
