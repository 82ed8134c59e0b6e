/** Plays one clip, also one that is still arriving, with controls of its own. */
import { type ClipView, stillUrl, videoUrl } from './api-client.ts';
import { el, fill, iconButton, setAttributes, setText } from './dom.ts';
import { canFillScreen, toggleFullscreen } from './fullscreen.ts';
import { icon } from './icons.ts';
import { hideWhenIdle } from './idle-controls.ts';
import { playbackFault } from './playback-fault.ts';
import { makeScrubber } from './scrubber.ts';
import { sealedCover } from './sealed-cover.ts';
import { type KeyAccess, makeSealedSource } from './sealed-source.ts';
import { clipTitle, clockText, dayText, positionText } from './words.ts';

export type Player = {
  readonly element: HTMLElement;
  /** The clip as it became: longer, complete. */
  update(clip: ClipView): void;
  toggle(): void;
  seekBy(ms: number): void;
  toggleSound(): void;
  toggleFullscreen(): void;
  /** Another key is held now, or none. */
  keyChanged(): void;
  close(): void;
};

/** Kept from clip to clip, so that nobody has to quieten each anew. */
let isMuted = false;

/** `actions` stand on the picture where the panel with them is out of sight, on a phone. */
export function makePlayer(
  first: ClipView,
  actions: readonly HTMLElement[],
  key: KeyAccess,
): Player {
  let clip = first;
  const video = el('video', { class: 'picture', playsinline: true, preload: 'auto' });
  const poster = clip.e2ee === null ? stillUrl(clip) : null;
  if (poster !== null) video.poster = poster;
  video.muted = isMuted;

  const playButton = iconButton('Play', icon('play', 24), () => toggle(), 'icon-button on-picture');
  const soundButton = iconButton(
    'Mute',
    icon('volume'),
    () => toggleSound(),
    'icon-button on-picture',
  );
  const fillButton = iconButton(
    'Full screen',
    icon('fullscreen'),
    () => toggleFullscreen(element, video),
    'icon-button on-picture',
  );
  const time = el('span', { class: 'player-time' });
  const scrubber = makeScrubber((ms) => seek(ms));
  const cover = el('div', { class: 'cover', hidden: true });
  const remarks = el('p', { class: 'player-remark', role: 'status', hidden: true });
  const head = el(
    'div',
    { class: 'player-head' },
    el('strong', {}, clipTitle(clip)),
    el('span', {}, `${dayText(clip.recordedAt)}, ${clockText(clip.recordedAt)}`),
    el('span', { class: 'spacer' }),
    ...actions,
  );
  const element = el(
    'div',
    { class: 'player is-paused' },
    video,
    cover,
    remarks,
    head,
    el(
      'div',
      { class: 'player-bar' },
      scrubber.element,
      el(
        'div',
        { class: 'player-buttons' },
        playButton,
        soundButton,
        time,
        el('span', { class: 'spacer' }),
        canFillScreen(video) ? fillButton : null,
      ),
    ),
  );
  setAttributes(video, { 'aria-label': clipTitle(clip) });

  const durationMs = (): number => {
    const own = Number.isFinite(video.duration) ? video.duration * 1000 : 0;
    return clip.state === 'stored' && clip.durationMs !== null ? clip.durationMs : own;
  };
  const show = (): void => {
    const position = video.currentTime * 1000;
    const { buffered } = video;
    const loaded = buffered.length > 0 ? buffered.end(buffered.length - 1) * 1000 : 0;
    scrubber.show(position, loaded);
    const total = clip.state === 'arriving' ? 'recording' : positionText(durationMs());
    setText(time, `${positionText(position)} / ${total}`);
  };
  const remark = (): void => {
    scrubber.mark(clip, durationMs());
    show();
  };
  const seek = (ms: number): void => {
    video.currentTime = ms / 1000;
    show();
  };
  const sealed = makeSealedSource(video, key, {
    cover(state) {
      fill(cover, sealedCover(state, clip, { onKey: key.ask, onRetry: () => load(0) }));
      cover.hidden = false;
      element.classList.add('is-sealed');
    },
    remark(words) {
      setText(remarks, words ?? '');
      remarks.hidden = words === null;
    },
    play(startAtSeconds) {
      element.classList.remove('is-sealed');
      start(startAtSeconds);
    },
  });
  const load = (startAtSeconds: number): void => {
    if (clip.e2ee !== null) sealed.load(clip, startAtSeconds);
    else {
      video.src = videoUrl(clip);
      start(startAtSeconds);
    }
  };
  const start = (startAtSeconds: number): void => {
    if (startAtSeconds > 0) video.currentTime = startAtSeconds;
    // A browser may want a gesture first; the picture then shows a button to press.
    video.play().catch(() => showCover());
  };
  const isOpened = (): boolean => video.getAttribute('src') !== null;
  const showCover = (): void => {
    if (!isOpened()) return; // why not, the cover says already
    const play = el(
      'button',
      { type: 'button', class: 'cover-play', 'aria-label': 'Play' },
      icon('play', 40),
    );
    play.addEventListener('click', toggle);
    if (video.error === null) fill(cover, play);
    else
      fill(
        cover,
        playbackFault(video.error, clip, () => load(0)),
      );
    cover.hidden = false;
  };
  function toggle(): void {
    if (!isOpened()) return;
    if (video.ended) video.currentTime = 0;
    if (video.paused) video.play().catch(() => showCover());
    else video.pause();
  }
  function toggleSound(): void {
    isMuted = !video.muted;
    video.muted = isMuted;
  }

  let frame = 0;
  const tick = (): void => {
    show();
    frame = video.paused ? 0 : requestAnimationFrame(tick);
  };
  video.addEventListener('play', () => {
    cover.hidden = true;
    element.classList.remove('is-paused');
    fill(playButton, icon('pause', 24));
    setAttributes(playButton, { 'aria-label': 'Pause', title: 'Pause' });
    if (frame === 0) tick();
  });
  video.addEventListener('pause', () => {
    element.classList.add('is-paused');
    fill(playButton, icon('play', 24));
    setAttributes(playButton, { 'aria-label': 'Play', title: 'Play' });
  });
  video.addEventListener('volumechange', () => {
    fill(soundButton, icon(video.muted ? 'muted' : 'volume'));
    const label = video.muted ? 'Sound on' : 'Mute';
    setAttributes(soundButton, { 'aria-label': label, title: label });
  });
  for (const name of ['seeked', 'progress', 'ended'] as const) video.addEventListener(name, show);
  video.addEventListener('durationchange', remark);
  video.addEventListener('error', showCover);
  const idling = hideWhenIdle(element, video, toggle);
  video.dispatchEvent(new Event('volumechange'));
  remark();
  load(0);

  return {
    element,
    toggle,
    toggleSound,
    toggleFullscreen: () => toggleFullscreen(element, video),
    seekBy: (ms) => seek(Math.max(0, video.currentTime * 1000 + ms)),
    update(next) {
      const isOther = next.root !== clip.root;
      clip = next;
      // Complete now, or grown: ranges work from here on, and what was seen stays seen.
      if (isOther) load(video.ended ? 0 : video.currentTime);
      remark();
    },
    keyChanged() {
      if (clip.e2ee !== null) load(0);
    },
    close() {
      sealed.close();
      cancelAnimationFrame(frame);
      idling.close();
      video.pause();
      video.removeAttribute('src');
      video.load();
    },
  };
}
