/** A broker in this process: links of simulated doorbells on one side, the cloud's bus on the other. */
import type { Bus, BusMessage, Presence } from '../../cloud-stub/ports.ts';
import { type Link, LinkError, type LinkSession } from '../../device/board.ts';
import type { ThingName } from '../../device/wire/ids.ts';

/** The cloud's side is another after each of its starts; the broker outlives them. */
export type WiredBroker = {
  /** A bus for a cloud that starts now; the one before hears and says nothing any more. */
  openBus(): Bus;
  /** The broker dies or is there again; no link outlives it. */
  setUp(up: boolean): void;
  /** A doorbell's way to the broker. */
  makeWire(thing: ThingName): Wire;
};

export type Wire = {
  readonly link: Link;
  /** While it is false nothing gets through: an open link breaks, a new one waits until the network is back. */
  setReachable(reachable: boolean): void;
  /** While it is true the doorbell hears nothing of what the cloud says, and does not notice. */
  setDeaf(deaf: boolean): void;
  /** The doorbell is gone without a word. */
  drop(): void;
};

type Session = {
  readonly told: LinkSession;
  readonly isDeaf: () => boolean;
  paused: boolean;
  readonly waiting: BusMessage[];
};

export function openWiredBroker(): WiredBroker {
  const sessions = new Map<ThingName, Session>();
  let isUp = true;
  /** Called when something that was out of reach may be within it again. */
  const waiting: (() => void)[] = [];
  const tryAgain = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  let onMessage: ((message: BusMessage) => void)[] = [];
  let onPresence: ((presence: Presence) => void)[] = [];

  const tellPresence = (thing: ThingName, connected: boolean): void => {
    for (const listener of onPresence) listener({ thing, connected });
  };
  const deliver = (message: BusMessage): void => {
    for (const listener of onMessage) listener(message);
  };

  function openBus(): Bus {
    const messageListeners: typeof onMessage = [];
    const presenceListeners: typeof onPresence = [];
    onMessage = messageListeners;
    onPresence = presenceListeners;
    const isCurrent = (): boolean => onMessage === messageListeners;
    return {
      async publish(topic, payload) {
        if (!isCurrent()) return;
        const session = sessions.get((topic.split('/')[1] ?? '') as ThingName);
        if (session?.isDeaf() === false) session.told.onMessage(topic, Uint8Array.from(payload));
      },
      onMessage: (listener) => void messageListeners.push(listener),
      onPresence(listener) {
        presenceListeners.push(listener);
        for (const thing of sessions.keys()) listener({ thing, connected: true });
      },
      pause(thing) {
        const session = sessions.get(thing);
        if (session !== undefined) session.paused = true;
      },
      resume(thing) {
        const session = sessions.get(thing);
        if (session === undefined) return;
        session.paused = false;
        for (const message of session.waiting.splice(0)) deliver(message);
      },
      disconnect(thing) {
        end(thing, 'the broker closed the connection');
      },
      close: async () => {
        messageListeners.length = 0;
        presenceListeners.length = 0;
      },
    };
  }

  function end(thing: ThingName, because: string | null): void {
    const session = sessions.get(thing);
    if (session === undefined) return;
    sessions.delete(thing);
    tellPresence(thing, false);
    if (because !== null) session.told.onClosed(because);
  }

  function makeWire(thing: ThingName): Wire {
    let reachable = true;
    let deaf = false;
    let attempt = 0;
    let current: Session | null = null;

    async function open(told: LinkSession): Promise<void> {
      const own = ++attempt;
      // The radio finds nobody, and trying again and again would find nobody either.
      while (!(reachable && isUp)) await new Promise<void>((resolve) => waiting.push(resolve));
      if (own !== attempt) throw new LinkError('given up');
      end(thing, 'taken over by another connection');
      current = { told, isDeaf: () => deaf, paused: false, waiting: [] };
      sessions.set(thing, current);
      tellPresence(thing, true);
    }

    return {
      link: {
        open,
        async publish(topic, payload) {
          const session = sessions.get(thing);
          if (session === undefined || session !== current) throw new LinkError('not connected');
          const message = { thing, topic, payload: Uint8Array.from(payload) };
          if (session.paused) session.waiting.push(message);
          else deliver(message);
        },
        async close() {
          // Whoever still waits for the network waits no more.
          attempt++;
          if (sessions.get(thing) === current) end(thing, null);
        },
      },
      setReachable(next) {
        reachable = next;
        if (!next) end(thing, 'the network is gone');
        else tryAgain();
      },
      setDeaf(next) {
        deaf = next;
      },
      drop() {
        attempt++;
        end(thing, null);
      },
    };
  }

  return {
    openBus,
    setUp(up) {
      isUp = up;
      if (up) tryAgain();
      else for (const thing of [...sessions.keys()]) end(thing, 'the broker is gone');
    },
    makeWire,
  };
}
