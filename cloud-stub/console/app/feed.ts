/** Fills the store with clips and notices, page by page, and keeps it true as things happen. */
import {
  api,
  type ClipFilter,
  type ClipKey,
  type ClipView,
  type DeviceView,
  type EventView,
  RefusedError,
} from './api-client.ts';
import { merged, mergedNotices, passes, without } from './feed-order.ts';
import { Hearing } from './hearing.ts';
import { isSameClip, nameOfClip, type Store } from './store.ts';
import { noticeKinds, noticeOf } from './words.ts';

const pageItems = 30;

export type Feed = {
  loadDevices(): Promise<void>;
  /** From the newest, by the filter in force. */
  reload(): Promise<void>;
  loadMore(): Promise<void>;
  setFilter(change: Partial<ClipFilter>): void;
  /** The newest again, after a time in which things may have happened unseen. */
  catchUp(): Promise<void>;
  /** Ends the page when the session is over. */
  checkSession(): Promise<void>;
  absorbClip(clip: ClipView): void;
  absorbEvent(event: EventView): void;
  absorbDevice(device: DeviceView): void;
  /** What left the owner's sight. */
  forget(key: ClipKey): void;
  /** Deletes these in the cloud, then here. What was deleted before a failure stays deleted. */
  remove(keys: readonly ClipKey[]): Promise<void>;
  /** Whether it is this window that deletes it. */
  isRemoving(key: ClipKey): boolean;
};

const clipsPerRequest = 100;

/** `onSignedOut` when the session is over. */
export function makeFeed(store: Store, onSignedOut: () => void): Feed {
  let loading = new AbortController();
  // Clips somebody rang in while they were recorded: the clip itself tells of it only at its end.
  const rung = new Set<string>();
  const asRung = (clip: ClipView): ClipView =>
    clip.state === 'arriving' && rung.has(clip.clip) ? { ...clip, trigger: 'ding' } : clip;

  const removing = new Set<string>();
  const hearing = new Hearing();

  const fail = (error: unknown): void => {
    if (isOver(error)) onSignedOut();
    else store.set({ loading: 'failed', fault: messageOf(error) });
  };

  async function load(cursor: string | null): Promise<void> {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    const { filter } = store.state;
    store.set({ loading: cursor === null ? 'first' : 'more', fault: null });
    const listening = hearing.begin();
    try {
      const page = await api.clips(filter, cursor, pageItems, signal);
      const before = cursor === null ? null : (store.state.clips.at(-1)?.recordedAt ?? null);
      const notices = await loadNotices(filter, page.items.at(-1), page.next, before);
      if (signal.aborted) return;
      const { state } = store;
      const isFirst = cursor === null;
      store.set({
        clips: merged(isFirst ? [] : state.clips, listening.corrected(page.items, filter)),
        notices: mergedNotices(isFirst ? [] : state.notices, notices),
        next: page.next,
        loading: 'idle',
      });
    } catch (error) {
      if (!signal.aborted) fail(error);
    } finally {
      listening.end();
    }
  }

  function forget(key: ClipKey): void {
    hearing.tell(key, null);
    const { clips, selection } = store.state;
    const isShown = selection.kind === 'clip' && isSameClip(selection.key, key);
    store.set({
      clips: without(clips, key),
      ...(isShown ? { selection: { kind: 'live' } } : {}),
    });
  }

  return {
    async loadDevices() {
      try {
        const devices = await api.devices();
        const { thing } = store.state;
        const isThere = devices.some((device) => device.thing === thing);
        store.set({ devices, thing: isThere ? thing : (devices[0]?.thing ?? null) });
      } catch (error) {
        fail(error);
      }
    },
    reload: () => load(null),
    async loadMore() {
      const { next, loading: now } = store.state;
      if (next !== null && now === 'idle') await load(next);
    },
    setFilter(change) {
      store.set({ filter: { ...store.state.filter, ...change }, clips: [], notices: [] });
      void load(null);
    },
    async catchUp() {
      if (store.state.loading !== 'idle') return load(null);
      const listening = hearing.begin();
      const { filter } = store.state;
      try {
        const page = await api.clips(filter, null, pageItems);
        if (store.state.filter !== filter) return;
        // What was deleted elsewhere meanwhile is not on this page any more, though it would stand within it.
        const oldest = page.next === null ? '' : (page.items.at(-1)?.recordedAt ?? '');
        const kept = store.state.clips.filter(({ recordedAt }) => recordedAt < oldest);
        store.set({
          clips: merged(kept, listening.corrected(page.items, filter)),
          next: kept.length > 0 ? store.state.next : page.next,
        });
      } catch (error) {
        if (isOver(error)) onSignedOut();
      } finally {
        listening.end();
      }
    },
    async checkSession() {
      try {
        await api.session();
      } catch (error) {
        if (isOver(error)) onSignedOut();
      }
    },
    absorbClip(told) {
      const clip = asRung(told);
      hearing.tell(clip, clip);
      const { clips, filter, opened } = store.state;
      if (passes(clip, filter)) store.set({ clips: merged(clips, [clip]) });
      else if (opened !== null && isSameClip(opened, clip)) {
        store.set({ opened: clip, clips: without(clips, clip) });
      } else if (clips.some((other) => isSameClip(other, clip))) {
        store.set({ clips: without(clips, clip) });
      }
    },
    absorbEvent(event) {
      const { filter, notices, clips } = store.state;
      if (event.kind === 'ding' && event.clip !== null) {
        rung.add(event.clip);
        store.set({ clips: clips.map(asRung) });
      }
      if (noticeOf(event) === null || filter.trigger !== null || filter.to !== null) return;
      if (filter.thing === null || filter.thing === event.thing) {
        store.set({ notices: mergedNotices(notices, [event]) });
      }
    },
    absorbDevice(device) {
      const { devices } = store.state;
      if (devices === null) return;
      const others = devices.filter(({ thing }) => thing !== device.thing);
      const all = [...others, device].sort((a, b) => a.thing.localeCompare(b.thing));
      store.set({ devices: all, thing: store.state.thing ?? device.thing });
    },
    forget,
    async remove(keys) {
      for (const key of keys) removing.add(nameOfClip(key));
      try {
        for (let i = 0; i < keys.length; i += clipsPerRequest) {
          const some = keys.slice(i, i + clipsPerRequest);
          await api.removeClips(some.map(({ thing, clip }) => ({ thing, clip })));
          for (const key of some) forget(key);
        }
      } finally {
        for (const key of keys) removing.delete(nameOfClip(key));
      }
    },
    isRemoving: (key) => removing.has(nameOfClip(key)),
  };
}

/** Notices that fall within the page of clips just read; none where the filter asks for one kind of clip. */
async function loadNotices(
  filter: ClipFilter,
  oldest: ClipView | undefined,
  next: string | null,
  before: string | null,
): Promise<readonly EventView[]> {
  if (filter.trigger !== null) return [];
  const from = next === null || oldest === undefined ? filter.from : oldest.recordedAt;
  const to = before ?? filter.to;
  const query = { thing: filter.thing, kind: noticeKinds, from, to, limit: '100' };
  return (await api.events(query)).items;
}

const isOver = (error: unknown): boolean => error instanceof RefusedError && error.status === 401;

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
