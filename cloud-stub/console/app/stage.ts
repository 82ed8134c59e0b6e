/** The large picture: what the doorbell sees now, or the clip that was chosen; and what stands under it. */
import {
  api,
  type ClipKey,
  type ClipView,
  downloadUrl,
  type EventView,
  stillUrl,
} from './api-client.ts';
import { makeClipPanel } from './clip-panel.ts';
import { makeDevicePanel } from './device-panel.ts';
import { confirmed } from './dialogs.ts';
import { el, fill, iconButton } from './dom.ts';
import { type Feed, messageOf } from './feed.ts';
import { icon } from './icons.ts';
import { showKeyDialog } from './key-dialog.ts';
import { type LiveView, makeLiveView } from './live-view.ts';
import { makePlayer, type Player } from './player.ts';
import { isSameClip, type State, type Store, selectedClip } from './store.ts';
import type { Toasts } from './toasts.ts';
import { clipTitle, thingText } from './words.ts';

export type Stage = {
  readonly element: HTMLElement;
  onEvent(event: EventView): void;
  /** Null while the live view is shown. */
  player(): Player | null;
  toggleOverlay(): void;
  toggleFullscreen(): void;
  deleteSelected(): Promise<void>;
  close(): void;
};

export function makeStage(store: Store, feed: Feed, toasts: Toasts): Stage {
  const screen = el('div', { class: 'screen' });
  let live: LiveView | null = null;
  let playing: { readonly key: ClipKey; readonly player: Player } | null = null;
  let isOverlayShown = true;
  let health: EventView | null = null;

  const showLive = (): void => store.set({ selection: { kind: 'live' } });
  const ask = async (
    what: string,
    request: Promise<unknown>,
    done: string | null,
  ): Promise<void> => {
    try {
      await request;
      if (done !== null) toasts.show({ glyph: 'check', title: done, shownMs: 3000 });
    } catch (error) {
      toasts.show({ glyph: 'warning', title: what, text: messageOf(error), kind: 'fault' });
    }
  };
  const chosenThing = (): string => store.state.thing ?? '';
  const toggleOverlay = (): void => {
    isOverlayShown = live?.toggleOverlay() ?? !isOverlayShown;
    show(store.state);
  };
  const devicePanel = makeDevicePanel({
    onPress: () => ask('The button was not pressed', api.press(chosenThing()), null),
    onSnapshot: () =>
      ask(
        'No snapshot',
        api.snapshot(chosenThing()),
        'Snapshot asked for; it appears in the timeline',
      ),
    onOverlay: toggleOverlay,
    onChoose: (thing) => store.set({ thing, selection: { kind: 'live' } }),
  });
  const clipPanel = makeClipPanel({ onDelete: () => void deleteSelected(), onLive: showLive });

  async function deleteSelected(): Promise<void> {
    const clip = selectedClip(store.state);
    if (clip === null) return;
    const isSure = await confirmed({
      title: 'Delete this clip?',
      text: `“${clipTitle(clip)}” at ${thingText(clip.thing)} disappears at once and cannot be brought back.`,
      yes: 'Delete',
    });
    if (!isSure) return;
    await ask('The clip was not deleted', feed.remove([clip]), 'Clip deleted');
  }

  const onPicture = (clip: ClipView): HTMLElement[] => {
    const className = 'icon-button on-picture narrow-only';
    const download = el(
      'a',
      { class: className, href: downloadUrl(clip), download: true, 'aria-label': 'Download' },
      icon('download'),
    );
    const remove = iconButton('Delete', icon('trash'), () => void deleteSelected(), className);
    return [download, remove, iconButton('Live', icon('live'), showLive, className)];
  };
  const showClip = (clip: ClipView): void => {
    live?.close();
    live = null;
    if (playing !== null && isSameClip(playing.key, clip)) playing.player.update(clip);
    else {
      playing?.player.close();
      playing = {
        key: { thing: clip.thing, clip: clip.clip },
        player: makePlayer(clip, onPicture(clip), {
          owned: () => store.state.ownerKey,
          ask: () => showKeyDialog(store),
        }),
      };
      fill(screen, playing.player.element);
    }
    clipPanel.show(clip);
  };
  const showLiveView = (): void => {
    playing?.player.close();
    playing = null;
    if (live !== null) return;
    live = makeLiveView(isOverlayShown);
    fill(screen, live.element);
  };
  const show = (state: State): void => {
    const clip = selectedClip(state);
    clipPanel.element.hidden = clip === null;
    if (clip !== null) showClip(clip);
    else if (state.selection.kind === 'live') showLiveView();
    const device = state.devices?.find(({ thing }) => thing === state.thing) ?? null;
    if (state.devices !== null) live?.show(device, latestStill(state), state.linked);
    devicePanel.show({
      devices: state.devices ?? [],
      device,
      health: health?.thing === device?.thing ? health : null,
      isLive: live !== null,
      isOverlayShown,
    });
  };
  store.watch(['selection', 'clips', 'opened', 'devices', 'thing', 'linked'], show);
  store.watch(['ownerKey'], () => playing?.player.keyChanged());
  store.watch(['thing'], ({ thing }) => {
    if (thing === null) return;
    const query = { thing, kind: ['health', 'boot'], from: null, to: null, limit: '1' };
    api.events(query).then(
      ({ items }) => {
        health = items[0] ?? null;
        show(store.state);
      },
      () => {}, // the panel does without
    );
  });

  return {
    element: el('div', { class: 'stage' }, screen, clipPanel.element, devicePanel.element),
    onEvent(event) {
      if (event.kind !== 'health' && event.kind !== 'boot') return;
      if (event.thing !== store.state.thing) return;
      health = event;
      show(store.state);
    },
    player: () => playing?.player ?? null,
    toggleOverlay,
    toggleFullscreen: () => (playing?.player ?? live)?.toggleFullscreen(),
    deleteSelected,
    close() {
      live?.close();
      playing?.player.close();
    },
  };
}

function latestStill({ clips, thing }: State): string | null {
  const latest = clips.find(
    (clip) => clip.thing === thing && clip.stills.length > 0 && clip.e2ee === null,
  );
  return latest === undefined ? null : stillUrl(latest);
}
