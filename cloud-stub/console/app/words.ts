/** How times, lengths, sizes and happenings read to a person, in their own language's formats and time zone. */
import type { ClipView, EventView } from './api-client.ts';
import type { IconName } from './icons.ts';

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const secondFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
});
const shortDayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const relativeFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export const clockText = (iso: string): string => clockFormat.format(new Date(iso));
export const secondText = (iso: string): string => secondFormat.format(new Date(iso));
export const shortDayText = (iso: string): string => shortDayFormat.format(new Date(iso));
export const dateText = (iso: string): string => dateFormat.format(new Date(iso));

/** The local day as `2026-11-22`. */
export function dayKey(iso: string): string {
  const at = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function dayText(iso: string, now = new Date()): string {
  const day = dayKey(iso);
  if (day === dayKey(now.toISOString())) return 'Today';
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, 12);
  if (day === dayKey(before.toISOString())) return 'Yesterday';
  return dayFormat.format(new Date(iso));
}

/** `04:38 PM` today, `22 Nov` before. */
export function sinceText(at: number, now = new Date()): string {
  const iso = new Date(at).toISOString();
  return dayKey(iso) === dayKey(now.toISOString()) ? clockText(iso) : shortDayText(iso);
}

/** `2 minutes ago`. */
export function agoText(iso: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 10) return 'just now';
  if (size < 60) return relativeFormat.format(seconds, 'second');
  if (size < 3600) return relativeFormat.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relativeFormat.format(Math.round(seconds / 3600), 'hour');
  return relativeFormat.format(Math.round(seconds / 86_400), 'day');
}

/** `0:09`, `1:02:03`. */
export function positionText(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(total % 60)}`
    : `${minutes}:${two(total % 60)}`;
}

/** `18 s`, `2 min 5 s`. */
export function lengthText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function sizeText(bytes: number): string {
  if (bytes === 0) return 'Nothing yet';
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** `front-door` as `Front door`. */
export function thingText(thing: string): string {
  const words = thing.replaceAll(/[-_]+/g, ' ').trim();
  return words === '' ? thing : words.charAt(0).toUpperCase() + words.slice(1);
}

const clipTitles: Readonly<Record<ClipView['trigger'], readonly [IconName, string]>> = {
  ding: ['bell', 'Someone rang'],
  motion: ['motion', 'Motion'],
  snapshot: ['camera', 'Snapshot'],
  command: ['camera', 'Recorded on request'],
};
export const clipTitle = (clip: ClipView): string => clipTitles[clip.trigger][1];
export const clipIcon = (clip: ClipView): IconName => clipTitles[clip.trigger][0];

/**
 * When what it is about happened: the first trigger of its kind. A clip begins before that by its pre-roll; the time
 * it began is the one the cloud vouches for, so it is what all others are counted from.
 */
export function happenedAt(clip: ClipView): string {
  const trigger = clip.triggers.find(({ kind }) => kind === clip.trigger);
  const offsetMs = trigger?.offsetMs ?? clip.preRoll.deliveredMs;
  return new Date(Date.parse(clip.recordedAt) + offsetMs).toISOString();
}

/** Happenings without footage that an owner should know of. */
const notices: Partial<Record<EventView['kind'], readonly [IconName, string]>> = {
  boot: ['restart', 'Doorbell started'],
  evicted: ['warning', 'A clip was given up: the doorbell ran out of space'],
  'imager-fault': ['warning', 'The camera had a fault'],
  'flash-damaged': ['warning', 'The memory of the doorbell is damaged: something was lost'],
};
export const noticeKinds = Object.keys(notices);
export const noticeOf = (event: EventView): readonly [IconName, string] | null =>
  notices[event.kind] ?? null;
