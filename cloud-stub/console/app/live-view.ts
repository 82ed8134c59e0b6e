/** What a doorbell sees now, with its zones and what moves drawn on top. */
import { api, type DeviceView } from './api-client.ts';
import { el, fill, iconButton, setText } from './dom.ts';
import { type Region, regionsIn } from './frame-notes.ts';
import { canFillScreen, toggleFullscreen } from './fullscreen.ts';
import { icon } from './icons.ts';
import { framesOf } from './multipart-frames.ts';
import { drawOverlay, shapesOf } from './overlay.ts';
import { agoText, thingText } from './words.ts';

export type LiveView = {
  readonly element: HTMLElement;
  /** `backdrop`: the latest picture there is, to stand behind what is awaited. */
  show(device: DeviceView | null, backdrop: string | null, isLinked: boolean): void;
  toggleOverlay(): boolean;
  toggleFullscreen(): void;
  close(): void;
};

const retryMs = 3000;
/** A picture older than this is no longer called live. */
const staleMs = 5000;

export function makeLiveView(isOverlayShown: boolean): LiveView {
  const picture = el('canvas', { class: 'picture', role: 'img', 'aria-label': 'Live picture' });
  const overlay = el('canvas', { class: 'picture overlay', 'aria-hidden': 'true' });
  const cover = el('div', { class: 'cover' });
  const label = el('span', { class: 'live-label' }, el('span', { class: 'dot' }), 'Live');
  const behind = el('img', { class: 'picture backdrop', alt: '', hidden: true });
  const fillButton = iconButton(
    'Full screen',
    icon('fullscreen'),
    () => toggleFullscreen(element),
    'icon-button on-picture live-fill',
  );
  const parts = [behind, picture, overlay, cover, label, canFillScreen() ? fillButton : null];
  const element = el('div', { class: 'live is-waiting is-blank' }, ...parts);
  overlay.hidden = !isOverlayShown;

  let device: DeviceView | null = null;
  let isLinked = true;
  let watching: AbortController | null = null;
  let frameAt = 0;
  let regions: readonly Region[] = [];

  const redraw = (): void => drawOverlay(overlay, shapesOf(device?.settings ?? null), regions);
  const say = (glyph: Parameters<typeof icon>[0], title: string, text: string): void => {
    const heading = cover.querySelector('strong');
    if (heading?.textContent === title) {
      const words = cover.querySelector('.cover-text');
      if (words !== null) setText(words, text);
      return;
    }
    fill(
      cover,
      el(
        'div',
        { class: 'cover-words' },
        icon(glyph, 30),
        el('strong', {}, title),
        el('span', { class: 'cover-text' }, text),
      ),
    );
  };
  const judge = (): void => {
    const isLive = frameAt > 0 && performance.now() - frameAt < staleMs;
    element.classList.toggle('is-waiting', !isLive);
    element.classList.toggle('is-blank', frameAt === 0);
    cover.hidden = isLive;
    if (isLive) return;
    if (device === null) say('doorbell', 'No doorbell yet', 'Claim one, and it shows here.');
    else if (!isLinked) {
      say('offline', 'No picture now', 'The cloud does not answer. Trying again.');
    } else if (!device.connected) {
      const seen =
        device.lastSeenAt === null
          ? 'It was never seen.'
          : `Last seen ${agoText(device.lastSeenAt)}.`;
      say('offline', `${thingText(device.thing)} is offline`, seen);
    } else if (sealsFootage(device)) {
      say('lock', 'No live view', 'Footage is end-to-end encrypted: no picture passes the cloud.');
    } else say('eye', 'Waiting for a picture', 'The doorbell was asked to look.');
  };

  const draw = async (jpeg: Uint8Array): Promise<void> => {
    const bitmap = await createImageBitmap(
      new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }),
    );
    if (picture.width !== bitmap.width || picture.height !== bitmap.height) {
      [picture.width, picture.height] = [bitmap.width, bitmap.height];
      // Lines stay sharp on a small picture that is shown large.
      overlay.width = 1280;
      overlay.height = Math.round((1280 * bitmap.height) / bitmap.width);
    }
    picture.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    frameAt = performance.now();
    picture.dataset['frames'] = String(Number(picture.dataset['frames'] ?? 0) + 1);
    regions = regionsIn(jpeg);
    redraw();
    judge();
  };

  // Reading never waits for drawing: what a slow page leaves unread, the network would keep and show late.
  let newest: Uint8Array | null = null;
  let isDrawing = false;
  const drawNewest = async (): Promise<void> => {
    if (isDrawing) return;
    isDrawing = true;
    while (newest !== null) {
      const jpeg = newest;
      newest = null;
      await draw(jpeg).catch(() => {}); // a picture that does not decode is followed by one that does
    }
    isDrawing = false;
  };

  const watch = async (thing: string, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        const { body } = await api.live(thing, signal);
        for await (const jpeg of body === null ? [] : framesOf(body)) {
          if (signal.aborted) return;
          newest = jpeg;
          void drawNewest();
        }
      } catch {
        // Ended or refused: the cover says since when nothing came, and we ask again.
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  };
  const stop = (): void => {
    watching?.abort();
    watching = null;
  };
  const start = (): void => {
    stop();
    if (device === null || document.hidden || sealsFootage(device)) return;
    watching = new AbortController();
    void watch(device.thing, watching.signal);
  };
  // A tab nobody looks at keeps no camera busy.
  const onVisibility = (): void => (document.hidden ? stop() : start());
  document.addEventListener('visibilitychange', onVisibility);
  const judging = setInterval(judge, 500);

  return {
    element,
    show(next, backdrop, linked) {
      isLinked = linked;
      const isOther = next?.thing !== device?.thing || sealsFootage(next) !== sealsFootage(device);
      device = next;
      behind.hidden = backdrop === null;
      if (backdrop !== null && !behind.src.endsWith(backdrop)) behind.src = backdrop;
      if (isOther) {
        frameAt = 0;
        start();
      }
      redraw();
      judge();
    },
    toggleOverlay() {
      overlay.hidden = !overlay.hidden;
      return !overlay.hidden;
    },
    toggleFullscreen: () => toggleFullscreen(element),
    close() {
      stop();
      clearInterval(judging);
      document.removeEventListener('visibilitychange', onVisibility);
    },
  };
}

/** As the doorbell tells of itself. */
function sealsFootage(device: DeviceView | null): boolean {
  const { ownerKeys } = (device?.settings?.['encryption'] ?? {}) as { ownerKeys?: unknown };
  return Array.isArray(ownerKeys) && ownerKeys.length > 0;
}
