/** The stream of what happens, opened again whenever it breaks. */
import type { ClipKey, ClipView, DeviceView, EventView } from './api-client.ts';

export type HappeningListener = {
  onEvent(event: EventView): void;
  onClip(clip: ClipView): void;
  onClipGone(key: ClipKey): void;
  onDevice(device: DeviceView): void;
  /** `again`: it was open before, so something may have been missed. */
  onOpen(again: boolean): void;
  onBroken(): void;
  /** The cloud answered, and gave no stream: the session may be over. */
  onRefused(): void;
};

/** Retries slowly when the browser has given up, which it does when the answer is a refusal. */
const retryMs = 5000;

export function followHappenings(listener: HappeningListener): { close(): void } {
  let source: EventSource | null = null;
  let retry: number | undefined;
  let wasOpen = false;

  const open = (): void => {
    const opened = new EventSource('/v1/events/stream');
    source = opened;
    const on = <Body>(name: string, act: (body: Body) => void): void => {
      opened.addEventListener(name, (message) => act(JSON.parse(message.data) as Body));
    };
    on('event', listener.onEvent);
    on('clip', listener.onClip);
    on('clip-gone', listener.onClipGone);
    on('device', listener.onDevice);
    opened.addEventListener('open', () => {
      listener.onOpen(wasOpen);
      wasOpen = true;
    });
    opened.addEventListener('error', () => {
      listener.onBroken();
      if (opened.readyState !== EventSource.CLOSED) return;
      listener.onRefused();
      window.clearTimeout(retry);
      retry = window.setTimeout(open, retryMs);
    });
  };
  open();
  return {
    close: () => {
      source?.close();
      window.clearTimeout(retry);
    },
  };
}
