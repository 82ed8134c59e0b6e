/** What the timeline shows: all, rings or motion; one doorbell or every one; one day or any. */

import { el, fill, iconButton, setAttributes, setText } from './dom.ts';
import type { Feed } from './feed.ts';
import { icon } from './icons.ts';
import type { Store } from './store.ts';
import { shortDayText, thingText } from './words.ts';

const kinds = [
  [null, 'All'],
  ['ding', 'Rings'],
  ['motion', 'Motion'],
] as const;

export function filterBar(store: Store, feed: Feed, pick: HTMLElement): HTMLElement {
  return el(
    'div',
    { class: 'filters', role: 'group', 'aria-label': 'Filters' },
    kindChoice(store, feed),
    deviceChoice(store, feed),
    dayChoice(store, feed),
    pick,
  );
}

function kindChoice(store: Store, feed: Feed): HTMLElement {
  const buttons = kinds.map(([trigger, label]) => {
    const button = el('button', { type: 'button', class: 'segment' }, label);
    button.addEventListener('click', () => feed.setFilter({ trigger }));
    return { trigger, button };
  });
  store.watch(['filter'], ({ filter }) => {
    for (const { trigger, button } of buttons) {
      setAttributes(button, { 'aria-pressed': String(filter.trigger === trigger) });
    }
  });
  return el('div', { class: 'segments' }, ...buttons.map(({ button }) => button));
}

/** Only where there is something to choose. */
function deviceChoice(store: Store, feed: Feed): HTMLElement {
  const select = el('select', { class: 'field compact', 'aria-label': 'Doorbell' });
  select.addEventListener('change', () => {
    feed.setFilter({ thing: select.value === '' ? null : select.value });
  });
  store.watch(['devices'], ({ devices, filter }) => {
    const things = devices?.map(({ thing }) => thing) ?? [];
    select.hidden = things.length < 2;
    fill(
      select,
      el('option', { value: '' }, 'Every doorbell'),
      ...things.map((thing) => el('option', { value: thing }, thingText(thing))),
    );
    select.value = filter.thing ?? '';
  });
  store.watch(['filter'], ({ filter }) => {
    select.value = filter.thing ?? '';
  });
  return select;
}

/** A pill that opens the browser's own calendar. */
function dayChoice(store: Store, feed: Feed): HTMLElement {
  const field = el('input', { type: 'date', class: 'day-field', 'aria-label': 'Day' });
  const words = el('span', {});
  const pill = el('label', { class: 'pill' }, icon('calendar', 16), words, field);
  const clear = iconButton('Any day', icon('close', 14), () => choose(''), 'icon-button small');
  const choose = (day: string): void => {
    // Of the viewer's own time zone: a day is what the clock on their wall says.
    const from = day === '' ? null : new Date(`${day}T00:00:00`);
    const to = from && new Date(from.getFullYear(), from.getMonth(), from.getDate() + 1);
    feed.setFilter({ from: from?.toISOString() ?? null, to: to?.toISOString() ?? null });
  };
  field.addEventListener('change', () => choose(field.value));
  field.addEventListener('click', () => {
    // Some browsers open the calendar only from their own small icon, which the pill hides.
    try {
      field.showPicker();
    } catch {
      // Typing a date works everywhere.
    }
  });
  store.watch(['filter'], ({ filter }) => {
    clear.hidden = filter.from === null;
    if (filter.from === null) field.value = '';
    setText(words, filter.from === null ? 'Any day' : shortDayText(filter.from));
  });
  return el('div', { class: 'day-choice' }, pill, clear);
}
