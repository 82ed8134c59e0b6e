/** The owner's timeline: clips and notices by day, newest first, more as it is scrolled. */
import type { ClipKey, ClipView, EventView } from './api-client.ts';
import { el, fill, reconcile, setAttributes } from './dom.ts';
import type { Feed } from './feed.ts';
import { filterBar } from './filters.ts';
import { icon } from './icons.ts';
import type { Picking } from './picking.ts';
import { isSameClip, nameOfClip, noFilter, type State, type Store } from './store.ts';
import { type ClipItem, makeClipItem, noticeItem } from './timeline-item.ts';
import { dayKey, dayText } from './words.ts';

export type Timeline = {
  readonly element: HTMLElement;
  /** Selects the clip `by` places after the selected one, and brings it into view. */
  move(by: 1 | -1): void;
};

type Row =
  | { readonly at: string; readonly clip: ClipView }
  | { readonly at: string; readonly event: EventView };

export function makeTimeline(store: Store, feed: Feed, picking: Picking): Timeline {
  const items = new Map<string, ClipItem>();
  const noticeElements = new Map<string, HTMLElement>();
  const days = new Map<string, { section: HTMLElement; list: HTMLElement; title: HTMLElement }>();
  const list = el('div', { class: 'days' });
  const foot = el('div', { class: 'timeline-foot' });
  const element = el(
    'section',
    { class: 'timeline', id: 'timeline', 'aria-label': 'Timeline', tabindex: '-1' },
    filterBar(store, feed, picking.pill),
    list,
    foot,
    picking.bar,
  );
  const open = (key: ClipKey): void =>
    store.set({ selection: { kind: 'clip', key }, thing: key.thing });

  const pick = (name: string): void => {
    const picked = new Set(store.state.picked);
    if (!picked.delete(name)) picked.add(name);
    store.set({ picked });
  };

  const clipElement = (clip: ClipView, showThing: boolean): HTMLElement => {
    const name = nameOfClip(clip);
    const { thing, clip: id } = clip;
    const act = (): void => {
      if (store.state.picked === null) open({ thing, clip: id });
      else pick(name);
    };
    const item = items.get(name) ?? makeClipItem(act);
    items.set(name, item);
    item.show(clip, showThing, store.state.ownerKey);
    return item.element;
  };
  const rowElement = (row: Row, showThing: boolean): HTMLElement | null => {
    if ('clip' in row) return clipElement(row.clip, showThing);
    const made = noticeElements.get(row.event.id) ?? noticeItem(row.event, showThing);
    if (made !== null) noticeElements.set(row.event.id, made);
    return made;
  };
  const daySection = (key: string, at: string) => {
    const title = el('h2', { class: 'day' });
    const rows = el('ol', { class: 'rows' });
    const day = days.get(key) ?? { section: el('section', {}, title, rows), list: rows, title };
    days.set(key, day);
    day.title.textContent = dayText(at);
    return day;
  };

  store.watch(['clips', 'notices', 'devices', 'ownerKey'], (state) => {
    const showThing = (state.devices?.length ?? 0) > 1;
    const groups = Map.groupBy(rowsOf(state), ({ at }) => dayKey(at));
    const sections = [...groups].map(([key, rows]) => {
      const day = daySection(key, rows[0]?.at ?? '');
      reconcile(
        day.list,
        rows.flatMap((row) => rowElement(row, showThing) ?? []),
      );
      return day.section;
    });
    reconcile(list, sections);
  });
  store.watch(['selection', 'clips'], ({ selection, clips }) => {
    for (const clip of clips) {
      const isSelected = selection.kind === 'clip' && isSameClip(clip, selection.key);
      const button = items.get(nameOfClip(clip))?.button;
      if (button !== undefined)
        setAttributes(button, { 'aria-current': isSelected ? 'true' : null });
    }
  });
  store.watch(['picked', 'clips'], ({ picked, clips }) => {
    for (const clip of clips) {
      const button = items.get(nameOfClip(clip))?.button;
      const isPicked = picked === null ? null : String(picked.has(nameOfClip(clip)));
      if (button !== undefined) setAttributes(button, { 'aria-pressed': isPicked });
    }
  });
  store.watch(['clips', 'notices', 'loading', 'fault', 'filter', 'devices', 'next'], (state) =>
    fill(foot, footOf(state, feed)),
  );
  new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void feed.loadMore();
    },
    { rootMargin: '600px' },
  ).observe(foot);

  store.watch(['loading'], ({ loading, next }) => {
    // An observer tells of changes only: a first page that does not fill the window asks for the next itself.
    const isNear = foot.isConnected && foot.getBoundingClientRect().top < innerHeight + 600;
    if (loading === 'idle' && next !== null && isNear) queueMicrotask(() => void feed.loadMore());
  });

  return {
    element,
    move(by) {
      const { clips, selection } = store.state;
      const at =
        selection.kind === 'clip' ? clips.findIndex((clip) => isSameClip(clip, selection.key)) : -1;
      const clip = clips[at === -1 && by === -1 ? 0 : at + by];
      if (clip === undefined) return;
      open({ thing: clip.thing, clip: clip.clip });
      const button = items.get(nameOfClip(clip))?.button;
      button?.focus({ preventScroll: true });
      button?.scrollIntoView({ block: 'nearest' });
    },
  };
}

const rowsOf = ({ clips, notices }: State): Row[] =>
  [
    ...clips.map((clip) => ({ at: clip.recordedAt, clip })),
    ...notices.map((event) => ({ at: event.at, event })),
  ].sort((a, b) => b.at.localeCompare(a.at));

/** What stands below the rows: skeletons, an end, a fault, or why there is nothing. */
function footOf(state: State, feed: Feed): Node {
  const isBare = state.clips.length === 0 && state.notices.length === 0;
  switch (state.loading) {
    case 'first':
    case 'more':
      return skeletons(state.loading === 'first' ? 5 : 2);
    case 'failed':
      return failed(state.fault ?? 'something went wrong', feed);
    case 'idle':
      if (state.next !== null) return skeletons(2);
      return isBare ? emptiness(state, feed) : el('p', { class: 'end' }, 'That is all there is.');
  }
}

const skeletons = (count: number): HTMLElement =>
  el(
    'div',
    { class: 'skeletons', 'aria-label': 'Loading', role: 'status' },
    ...Array.from({ length: count }, () =>
      el(
        'div',
        { class: 'skeleton-item', 'aria-hidden': 'true' },
        el('span', { class: 'skeleton thumb' }),
        el(
          'span',
          { class: 'skeleton-lines' },
          el('span', { class: 'skeleton' }),
          el('span', { class: 'skeleton' }),
        ),
      ),
    ),
  );

function failed(fault: string, feed: Feed): HTMLElement {
  const retry = el('button', { type: 'button', class: 'button' }, 'Try again');
  retry.addEventListener('click', () => void Promise.all([feed.loadDevices(), feed.reload()]));
  return el(
    'div',
    { class: 'empty', role: 'alert' },
    icon('warning', 28),
    el('h2', {}, 'The timeline could not be loaded'),
    el('p', { class: 'muted' }, `${fault}.`),
    retry,
  );
}

function emptiness(state: State, feed: Feed): HTMLElement {
  const { filter } = state;
  if (filter.trigger !== null || filter.thing !== null || filter.from !== null) {
    const clear = el('button', { type: 'button', class: 'button' }, 'Show everything');
    clear.addEventListener('click', () => feed.setFilter(noFilter));
    return el(
      'div',
      { class: 'empty' },
      icon('calendar', 28),
      el('h2', {}, 'Nothing matches'),
      el('p', { class: 'muted' }, 'No clip fits these filters.'),
      clear,
    );
  }
  const isBare = state.devices?.length === 0;
  return el(
    'div',
    { class: 'empty' },
    icon(isBare ? 'doorbell' : 'bell', 28),
    el('h2', {}, isBare ? 'No doorbell yet' : 'All quiet'),
    isBare
      ? el('p', { class: 'muted' }, 'Claim one with ', el('code', {}, 'npx doorbell claim'), '.')
      : el('p', { class: 'muted' }, 'When somebody rings or walks up, it appears here.'),
  );
}
