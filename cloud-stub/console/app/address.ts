/** The clip that is open stands in the address: a reload keeps it, and Back leads from it to the live view. */
import type { ClipKey } from './api-client.ts';
import { isSameClip, nameOfClip, type Selection, type Store } from './store.ts';

const pattern = /^#clip=([A-Za-z0-9_-]{1,64})\/([0-9A-Z]{26})$/;

function clipInAddress(): ClipKey | null {
  const [, thing, clip] = pattern.exec(location.hash) ?? [];
  return thing === undefined || clip === undefined ? null : { thing, clip };
}

/** In the entry of a clip that was opened from the live view: behind it lies the live view. */
const overLive = 'over-live';

export function keepAddress(store: Store): { close(): void } {
  const read = (): void => {
    const key = clipInAddress();
    const { selection } = store.state;
    if (key !== null) {
      const isShown = selection.kind === 'clip' && isSameClip(selection.key, key);
      if (!isShown) store.set({ selection: { kind: 'clip', key }, thing: key.thing });
    } else if (location.hash === '' && selection.kind === 'clip') {
      store.set({ selection: { kind: 'live' } });
    }
  };
  const write = (selection: Selection): void => {
    const shown = clipInAddress();
    if (selection.kind === 'live') {
      if (shown === null) return;
      if (history.state === overLive) history.back();
      else history.replaceState(null, '', location.pathname);
      return;
    }
    if (shown !== null && isSameClip(shown, selection.key)) return;
    const address = `#clip=${nameOfClip(selection.key)}`;
    if (shown === null) history.pushState(overLive, '', address);
    else history.replaceState(history.state, '', address);
  };
  read();
  store.watch(['selection'], ({ selection }) => write(selection));
  addEventListener('popstate', read);
  return { close: () => removeEventListener('popstate', read) };
}
