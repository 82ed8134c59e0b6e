/** What of a feed passes a filter, and in which order it stands: the newest first, each once. */
import type { ClipFilter, ClipKey, ClipView, EventView } from './api-client.ts';
import { isSameClip } from './store.ts';

export const passes = (clip: ClipView, filter: ClipFilter): boolean =>
  (filter.thing === null || clip.thing === filter.thing) &&
  (filter.trigger === null || clip.trigger === filter.trigger) &&
  (filter.from === null || clip.recordedAt >= filter.from) &&
  (filter.to === null || clip.recordedAt < filter.to);

export const without = (clips: readonly ClipView[], key: ClipKey): readonly ClipView[] =>
  clips.filter((clip) => !isSameClip(clip, key));

/** Newest first; a clip that is there already is replaced by what is told of it now. */
export function merged(old: readonly ClipView[], more: readonly ClipView[]): readonly ClipView[] {
  const kept = old.filter((clip) => !more.some((other) => isSameClip(clip, other)));
  return [...kept, ...more].sort(
    (a, b) => b.recordedAt.localeCompare(a.recordedAt) || b.clip.localeCompare(a.clip),
  );
}

export function mergedNotices(old: readonly EventView[], more: readonly EventView[]) {
  const kept = old.filter(({ id }) => !more.some((other) => other.id === id));
  return [...kept, ...more].sort((a, b) => b.at.localeCompare(a.at));
}
