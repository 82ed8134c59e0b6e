/** The signed-in page: puts its parts together and carries what happens from one to the other. */
import { showAccount } from './account-dialog.ts';
import { keepAddress } from './address.ts';
import { makeAnnouncer } from './announcer.ts';
import { api, type EventView } from './api-client.ts';
import { showKeys } from './dialogs.ts';
import { el, setText } from './dom.ts';
import { type Feed, makeFeed } from './feed.ts';
import { followHappenings } from './happenings.ts';
import { makeHeader } from './header.ts';
import { icon } from './icons.ts';
import { showKeyDialog } from './key-dialog.ts';
import { listenToKeys } from './keyboard.ts';
import { keepOpenedClip } from './opened-clip.ts';
import { makePicking } from './picking.ts';
import { makeStage, type Stage } from './stage.ts';
import { isSameClip, Store } from './store.ts';
import { makeTimeline } from './timeline.ts';
import { makeToasts, type Toasts } from './toasts.ts';
import { thingText } from './words.ts';

export type Home = { readonly element: HTMLElement; close(): void };

/** `onSignedOut` with what to tell the person, if anything. */
export function openHome(onSignedOut: (because: string | null) => void): Home {
  const store = new Store();
  const toasts = makeToasts();
  const feed = makeFeed(store, () => onSignedOut('Your session has ended. Sign in again.'));
  const signOut = (): void => {
    store.set({ selection: { kind: 'live' } });
    void api
      .endSession()
      .catch(() => {})
      .then(() => onSignedOut(null));
  };
  const header = makeHeader(
    signOut,
    () =>
      void showAccount(toasts, {
        onEmptied() {
          store.set({ selection: { kind: 'live' }, picked: null });
          void feed.reload();
        },
        onClosed: () => onSignedOut('Your account is closed.'),
        onKey: () => showKeyDialog(store),
      }),
  );
  const announcer = makeAnnouncer();
  const stage = makeStage(store, feed, toasts);
  const picking = makePicking(store, feed, toasts);
  const timeline = makeTimeline(store, feed, picking);
  const element = el(
    'div',
    { class: 'home' },
    el('a', { class: 'skip', href: '#timeline' }, 'Skip to the timeline'),
    header.element,
    brokenNotice(store),
    el('main', { class: 'columns' }, stage.element, timeline.element),
    toasts.element,
    announcer.element,
  );
  keepOpenedClip(store, (text) => {
    store.set({ selection: { kind: 'live' } });
    void feed.loadDevices();
    toasts.show({ glyph: 'warning', title: 'The clip cannot be shown', text, kind: 'fault' });
  });
  const address = keepAddress(store);
  const following = followHappenings({
    ...listener(store, feed, stage, toasts),
    onClip(clip) {
      feed.absorbClip(clip);
      announcer.onClip(clip);
    },
    onRefused: () => void feed.checkSession(),
  });
  const showLive = (): void => {
    if (store.state.picked !== null) store.set({ picked: null });
    else store.set({ selection: { kind: 'live' } });
  };
  const keys = listenToKeys({
    j: () => timeline.move(1),
    k: () => timeline.move(-1),
    Escape: showLive,
    l: showLive,
    ' ': () => stage.player()?.toggle(),
    ArrowLeft: () => stage.player()?.seekBy(-5000),
    ArrowRight: () => stage.player()?.seekBy(5000),
    m: () => stage.player()?.toggleSound(),
    f: stage.toggleFullscreen,
    z: stage.toggleOverlay,
    t: header.nextTheme,
    Delete: () => void stage.deleteSelected(),
    '?': showKeys,
  });
  const title = titleKeeper();
  store.watch(['devices', 'thing'], ({ thing }) => title.set(thing));
  void Promise.all([feed.loadDevices(), feed.reload()]);
  return {
    element,
    close() {
      address.close();
      following.close();
      keys.close();
      stage.close();
    },
  };
}

function listener(store: Store, feed: Feed, stage: Stage, toasts: Toasts) {
  return {
    onEvent(event: EventView) {
      feed.absorbEvent(event);
      stage.onEvent(event);
      if (event.kind === 'ding') tellRing(store, toasts, event);
    },
    onClipGone(key: { readonly thing: string; readonly clip: string }) {
      const { opened } = store.state;
      const isShown = opened !== null && isSameClip(opened, key);
      feed.forget(key);
      if (!isShown || feed.isRemoving(key)) return;
      const text = 'It was deleted, or its time is over.';
      toasts.show({ glyph: 'trash', title: 'The clip you had open is gone', text });
    },
    onDevice: feed.absorbDevice,
    onOpen(again: boolean) {
      store.set({ linked: true });
      if (again) void Promise.all([feed.loadDevices(), feed.catchUp()]);
    },
    onBroken: () => store.set({ linked: false }),
  };
}

/** Somebody rings: said at once, and in the title for who looks elsewhere. A ring told late is not news. */
function tellRing(store: Store, toasts: Toasts, event: EventView): void {
  if (Date.now() - Date.parse(event.receivedAt) > 60_000) return;
  const { clip, thing } = event;
  toasts.show({
    kind: 'ring',
    glyph: 'bell',
    title: `Somebody is at the ${thingText(thing).toLowerCase()}`,
    text: 'They rang just now',
    shownMs: 20_000,
    action:
      clip === null
        ? { label: 'Watch live', act: () => store.set({ thing, selection: { kind: 'live' } }) }
        : {
            label: 'Watch',
            act: () => store.set({ thing, selection: { kind: 'clip', key: { thing, clip } } }),
          },
  });
  if (document.hidden || !document.hasFocus()) {
    document.title = `● Somebody rang · ${thingText(thing)}`;
  }
}

function titleKeeper(): { set(thing: string | null): void } {
  let title = 'Doorbell';
  const restore = (): void => {
    if (!document.hidden) document.title = title;
  };
  addEventListener('focus', restore);
  document.addEventListener('visibilitychange', restore);
  return {
    set(thing) {
      title = thing === null ? 'Doorbell' : `${thingText(thing)} · Doorbell`;
      document.title = title;
    },
  };
}

/** Says that nothing new is heard, once that has lasted a moment. */
function brokenNotice(store: Store): HTMLElement {
  const words = el('span', {});
  const notice = el(
    'div',
    { class: 'broken', role: 'status', hidden: true },
    icon('offline', 18),
    words,
  );
  let timer = 0;
  store.watch(['linked'], ({ linked }) => {
    clearTimeout(timer);
    if (linked) notice.hidden = true;
    else {
      timer = window.setTimeout(() => {
        setText(
          words,
          navigator.onLine
            ? 'The cloud does not answer. Trying again; what you see may be out of date.'
            : 'You are offline. What you see may be out of date.',
        );
        notice.hidden = false;
      }, 1500);
    }
  });
  return notice;
}
