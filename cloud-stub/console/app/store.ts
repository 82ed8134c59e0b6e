/** What the page knows, and who wants to hear when a part of it changes. */
import type { ClipFilter, ClipKey, ClipView, DeviceView, EventView } from './api-client.ts';
import type { OwnerKey } from './owner-key.ts';

export type Selection =
  | { readonly kind: 'live' }
  | { readonly kind: 'clip'; readonly key: ClipKey };

export type Loading = 'first' | 'more' | 'idle' | 'failed';

export type State = {
  readonly devices: readonly DeviceView[] | null;
  /** Newest first, as far as loaded; only what the filter lets through. */
  readonly clips: readonly ClipView[];
  readonly notices: readonly EventView[];
  readonly next: string | null;
  readonly loading: Loading;
  /** Why loading failed. */
  readonly fault: string | null;
  readonly filter: ClipFilter;
  readonly selection: Selection;
  /** The clip selected, as last told: a filter may keep it out of the list. */
  readonly opened: ClipView | null;
  /** Clips picked, as `thing/clip`; null while nothing is being picked. */
  readonly picked: ReadonlySet<string> | null;
  /** The device looked at; null while there is none. */
  readonly thing: string | null;
  /** Whether the stream of happenings is open. */
  readonly linked: boolean;
  /** What opens end-to-end encrypted clips, for as long as the tab is open and signed in. */
  readonly ownerKey: OwnerKey | null;
};

export const noFilter: ClipFilter = { thing: null, trigger: null, from: null, to: null };

const initial: State = {
  devices: null,
  clips: [],
  notices: [],
  next: null,
  loading: 'first',
  fault: null,
  filter: noFilter,
  selection: { kind: 'live' },
  opened: null,
  picked: null,
  thing: null,
  linked: true,
  ownerKey: null,
};

type Listener = (state: State, before: State) => void;

export class Store {
  #state = initial;
  readonly #listeners: Listener[] = [];

  get state(): State {
    return this.#state;
  }

  set(change: Partial<State>): void {
    const before = this.#state;
    this.#state = { ...before, ...change };
    for (const listener of this.#listeners) listener(this.#state, before);
  }

  /** Calls `listener` now and whenever one of the parts named changes. */
  watch(parts: readonly (keyof State)[], listener: (state: State) => void): void {
    this.#listeners.push((state, before) => {
      if (parts.some((part) => state[part] !== before[part])) listener(state);
    });
    listener(this.#state);
  }
}

export const nameOfClip = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;
export const isSameClip = (a: ClipKey, b: ClipKey): boolean =>
  a.clip === b.clip && a.thing === b.thing;

/** Null while it is not known yet as well. */
export function selectedClip({ selection, clips, opened }: State): ClipView | null {
  if (selection.kind !== 'clip') return null;
  const isSelected = (clip: ClipView): boolean => isSameClip(clip, selection.key);
  return clips.find(isSelected) ?? (opened !== null && isSelected(opened) ? opened : null);
}
