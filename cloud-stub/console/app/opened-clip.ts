/** Keeps the clip that was chosen at hand, also where the list does not hold it: behind a filter, or by a link. */
import { api, type ClipKey, RefusedError } from './api-client.ts';
import { messageOf } from './feed.ts';
import { isSameClip, type Store, selectedClip } from './store.ts';

/** `onMissing` when it cannot be had, with the reason in words. */
export function keepOpenedClip(store: Store, onMissing: (because: string) => void): void {
  let asked: ClipKey | null = null;
  const ask = async (key: ClipKey): Promise<void> => {
    asked = key;
    const isWanted = (): boolean => {
      const { selection } = store.state;
      return selection.kind === 'clip' && isSameClip(selection.key, key);
    };
    try {
      const clip = await api.clip(key);
      if (isWanted()) store.set({ opened: clip, thing: clip.thing });
    } catch (error) {
      const isGone = error instanceof RefusedError && error.status === 404;
      if (isWanted()) onMissing(isGone ? 'It was deleted, or its time is over.' : messageOf(error));
    } finally {
      if (asked === key) asked = null;
    }
  };
  store.watch(['selection', 'clips'], (state) => {
    const { selection, opened } = state;
    if (selection.kind === 'live') {
      if (opened !== null) store.set({ opened: null });
      return;
    }
    const clip = selectedClip(state);
    if (clip === null) {
      if (asked === null || !isSameClip(asked, selection.key)) void ask(selection.key);
    } else if (clip !== opened) store.set({ opened: clip });
  });
}
