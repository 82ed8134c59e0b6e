/** A doorbell's health and what can be asked of it. */
import type { DeviceView, EventView } from './api-client.ts';
import { type Child, el, fill, setAttributes } from './dom.ts';
import { icon } from './icons.ts';
import { shapesOf } from './overlay.ts';
import { agoText, dateText, sinceText, thingText } from './words.ts';

export type DeviceActions = {
  onPress(): Promise<void>;
  onSnapshot(): Promise<void>;
  onOverlay(): void;
  onChoose(thing: string): void;
};
export type DeviceShown = {
  readonly devices: readonly DeviceView[];
  readonly device: DeviceView | null;
  /** The newest `health`, or a `boot` that none has followed yet. */
  readonly health: EventView | null;
  /** Whether the live picture is what stands above. */
  readonly isLive: boolean;
  readonly isOverlayShown: boolean;
};
export type DevicePanel = {
  readonly element: HTMLElement;
  show(shown: DeviceShown): void;
};

export function makeDevicePanel(actions: DeviceActions): DevicePanel {
  const element = el('section', { class: 'panel device-panel', 'aria-label': 'Doorbell' });
  const press = busyButton('press', 'Ring the bell', 'bell', actions.onPress);
  const snapshot = busyButton('button', 'Snapshot', 'camera', actions.onSnapshot);
  const overlay = el(
    'button',
    { type: 'button', class: 'button', 'aria-label': 'Show zones and motion' },
    icon('zones', 18),
    'Zones',
  );
  overlay.addEventListener('click', actions.onOverlay);
  let shown = '';
  // A phone has little room: there they are opened by who wants them.
  const areDetailsOpen = matchMedia('(min-width: 960px)').matches;
  return {
    element,
    show(next) {
      const { devices, device, health, isLive, isOverlayShown } = next;
      element.hidden = device === null;
      const now = JSON.stringify(next);
      if (device === null || now === shown) return;
      shown = now;
      snapshot.disabled = !device.connected;
      setAttributes(overlay, { 'aria-pressed': String(isOverlayShown) });
      const focused = element.contains(document.activeElement) ? document.activeElement : null;
      fill(
        element,
        el(
          'div',
          { class: 'panel-head' },
          el(
            'div',
            { class: 'panel-title' },
            devices.length > 1
              ? chooser(devices, device, actions.onChoose)
              : el('h1', {}, thingText(device.thing)),
            status(device),
          ),
          el(
            'div',
            { class: 'panel-actions' },
            isLive ? overlay : null,
            snapshot,
            device.canPress ? press : null,
          ),
        ),
        el(
          'details',
          { class: 'health', open: areDetailsOpen },
          el('summary', {}, 'About this doorbell'),
          el('dl', { class: 'facts' }, ...factsOf(device, health)),
        ),
      );
      if (focused instanceof HTMLElement && focused.isConnected) focused.focus();
    },
  };
}

function chooser(
  devices: readonly DeviceView[],
  chosen: DeviceView,
  onChoose: (thing: string) => void,
): HTMLElement {
  const select = el(
    'select',
    { class: 'field title-field', 'aria-label': 'Doorbell' },
    ...devices.map(({ thing }) => el('option', { value: thing }, thingText(thing))),
  );
  select.value = chosen.thing;
  select.addEventListener('change', () => onChoose(select.value));
  return el('h1', {}, select);
}

function status(device: DeviceView): HTMLElement {
  const seen =
    device.lastSeenAt === null ? 'Never seen' : `Offline · last seen ${agoText(device.lastSeenAt)}`;
  return el(
    'p',
    { class: device.connected ? 'status is-online' : 'status' },
    el('span', { class: 'dot' }),
    device.connected ? 'Online' : seen,
  );
}

function factsOf(device: DeviceView, health: EventView | null): Child[] {
  const fact = (name: string, value: Child): Child =>
    el('div', {}, el('dt', {}, name), el('dd', {}, value));
  const { zones } = shapesOf(device.settings);
  const number = (name: string): number | null => {
    const value = health?.data[name];
    return typeof value === 'number' ? value : null;
  };
  const uptimeMs = health?.kind === 'boot' ? 0 : number('uptimeMs');
  const waiting = number('clipsSpooled');
  return [
    fact('Yours since', dateText(device.ownedFromAt)),
    zones.length === 0 ? null : fact('Motion zones', zones.map(({ name }) => name).join(', ')),
    uptimeMs === null || health === null
      ? null
      : fact('Running since', sinceText(Date.parse(health.at) - uptimeMs)),
    waiting === null ? null : fact('Waiting to upload', waiting === 0 ? 'Nothing' : clips(waiting)),
  ];
}

const clips = (count: number): string => (count === 1 ? '1 clip' : `${count} clips`);

/** A button that cannot be pressed again before what it asked for is done. */
function busyButton(
  className: 'press' | 'button',
  label: string,
  glyph: Parameters<typeof icon>[0],
  act: () => Promise<void>,
): HTMLButtonElement {
  const face =
    className === 'press' ? el('span', { class: 'press-ring' }, icon(glyph, 18)) : icon(glyph, 18);
  const button = el('button', { type: 'button', class: className }, face, label);
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    void act().finally(() => button.removeAttribute('aria-busy'));
  });
  return button;
}
