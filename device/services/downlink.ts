/** What comes from the cloud: checked, counted when it is nonsense, and handed to whom it concerns. [WIRE-9] */
import type { Log } from '../log.ts';
import { decode } from '../wire/codec.ts';
import type { ThingName } from '../wire/ids.ts';
import {
  type Command,
  commandSchema,
  eventReceiptSchema,
  type Receipt,
  receiptSchema,
  type SettingsMessage,
  settingsMessageSchema,
} from '../wire/messages.ts';
import { parseDownTopic } from '../wire/topics.ts';

export type DownMessage =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'event-receipt'; readonly upTo: number }
  | { readonly kind: 'handled' };

export type Downlink = {
  read(topic: string, payload: Uint8Array): DownMessage;
  /** Messages that were none, since boot. */
  refused(): number;
};

export type DownlinkHandlers = {
  readonly onCommand: (command: Command) => void;
  readonly onSettings: (wanted: SettingsMessage) => void;
};

export function createDownlink(thing: ThingName, handlers: DownlinkHandlers, log: Log): Downlink {
  let refused = 0;
  const handled: DownMessage = { kind: 'handled' };
  const refuse = (topic: string, because: string): DownMessage => {
    refused++;
    log.warn({ topic: topic.slice(0, 256), because }, 'refused a message from the cloud');
    return handled;
  };

  return {
    refused: () => refused,
    read(topic, payload) {
      const parsed = parseDownTopic(topic);
      if (parsed === null || parsed.thing !== thing) return refuse(topic, 'not a topic of ours');
      switch (parsed.kind) {
        case 'receipt': {
          const receipt = decode(receiptSchema, payload);
          if (!receipt.ok) return refuse(topic, receipt.because);
          return receipt.message.clip === parsed.clip
            ? { kind: 'receipt', receipt: receipt.message }
            : refuse(topic, 'the receipt names another clip');
        }
        case 'event-receipt': {
          const receipt = decode(eventReceiptSchema, payload);
          return receipt.ok
            ? { kind: 'event-receipt', upTo: receipt.message.upTo }
            : refuse(topic, receipt.because);
        }
        case 'command': {
          const command = decode(commandSchema, payload);
          if (!command.ok) return refuse(topic, command.because);
          handlers.onCommand(command.message);
          return handled;
        }
        case 'settings': {
          const wanted = decode(settingsMessageSchema, payload);
          if (!wanted.ok) return refuse(topic, wanted.because);
          handlers.onSettings(wanted.message);
          return handled;
        }
      }
    },
  };
}
