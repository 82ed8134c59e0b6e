/** Where playback stands in a clip, with what happened when: pre-roll, rings, motion, an end that was cut. */
import type { ClipView } from './api-client.ts';
import { el, fill, setAttributes } from './dom.ts';
import { icon } from './icons.ts';
import { positionText } from './words.ts';

export type Scrubber = {
  readonly element: HTMLElement;
  /** Shades and markers for the clip as it is now. */
  mark(clip: ClipView, durationMs: number): void;
  show(positionMs: number, bufferedMs: number): void;
};

export function makeScrubber(onSeek: (positionMs: number) => void): Scrubber {
  const marks = el('div', { class: 'scrub-marks', 'aria-hidden': 'true' });
  const buffered = el('div', { class: 'scrub-buffered' });
  const played = el('div', { class: 'scrub-played' });
  const thumb = el('div', { class: 'scrub-thumb' });
  const shades = el('div', { class: 'scrub-shades' });
  const track = el('div', { class: 'scrub-track' }, buffered, played, shades);
  const element = el(
    'div',
    {
      class: 'scrubber',
      role: 'slider',
      tabindex: '0',
      'aria-label': 'Position',
      'aria-valuemin': 0,
      'aria-valuemax': 0,
      'aria-valuenow': 0,
    },
    track,
    marks,
    thumb,
  );
  let durationMs = 0;
  let positionMs = 0;
  const place = (of: HTMLElement, property: string, ms: number): void => {
    of.style.setProperty(
      property,
      `${durationMs > 0 ? Math.min(100, (ms / durationMs) * 100) : 0}%`,
    );
  };
  const seek = (ms: number): void => onSeek(Math.min(durationMs, Math.max(0, ms)));

  const toPointer = (event: PointerEvent): void => {
    const { left, width } = track.getBoundingClientRect();
    if (width > 0) seek(((event.clientX - left) / width) * durationMs);
  };
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    toPointer(event);
  });
  element.addEventListener('pointermove', (event) => {
    if (element.hasPointerCapture(event.pointerId)) toPointer(event);
  });
  element.addEventListener('keydown', (press) => {
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: positionMs - 5000,
      ArrowDown: positionMs - 1000,
      ArrowRight: positionMs + 5000,
      ArrowUp: positionMs + 1000,
      Home: 0,
      End: durationMs,
    };
    const wanted = to[press.key];
    if (wanted === undefined) return;
    press.preventDefault();
    seek(wanted);
  });

  return {
    element,
    mark(clip, length) {
      durationMs = length;
      setAttributes(element, { 'aria-valuemax': Math.round(length / 1000) });
      const preRoll = el('div', { class: 'scrub-pre-roll', title: 'Before it happened' });
      place(preRoll, 'width', clip.preRoll.deliveredMs);
      const cut = clip.truncated ? el('div', { class: 'scrub-cut', title: 'Cut short' }) : null;
      fill(shades, clip.preRoll.deliveredMs > 0 ? preRoll : null, cut);
      fill(marks, ...clip.triggers.map((trigger) => markOf(trigger, place)));
    },
    show(position, loaded) {
      positionMs = position;
      place(played, 'width', position);
      place(buffered, 'width', loaded);
      place(thumb, 'left', position);
      setAttributes(element, {
        'aria-valuenow': Math.round(position / 1000),
        'aria-valuetext': `${positionText(position)} of ${positionText(durationMs)}`,
      });
    },
  };
}

function markOf(
  { kind, offsetMs }: ClipView['triggers'][number],
  place: (of: HTMLElement, property: string, ms: number) => void,
): HTMLElement {
  const isDing = kind === 'ding';
  const words = `${isDing ? 'Rang' : kind === 'motion' ? 'Motion' : 'Asked for'} at ${positionText(offsetMs)}`;
  const mark = el(
    'div',
    { class: `scrub-mark scrub-mark-${kind}`, title: words },
    isDing ? icon('bell', 12) : null,
  );
  place(mark, 'left', offsetMs);
  return mark;
}
