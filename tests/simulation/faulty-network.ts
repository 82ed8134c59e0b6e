/**
 * Doorbells, their links and the broker of a simulated cloud, on a network that loses, repeats, delays and reorders
 * messages and breaks connections. A PUBACK means as little here as it does anywhere. [DEV-4]
 */
import type { Bus, BusMessage, Clock, Presence } from '../../cloud-stub/ports.ts';
import { type Link, LinkError, type LinkSession } from '../../device/board.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { milliseconds } from '../../device/wire/time.ts';
import type { Chance } from './chance.ts';

export type Weather = {
  readonly lossProbability: number;
  readonly repeatProbability: number;
  /** Of the connection, at each message. */
  readonly breakProbability: number;
  /** Each message takes between 1 ms and this, so that messages overtake each other. */
  readonly delayMsMax: number;
  /** Of a copy of a message that comes minutes or hours later, whoever is there then. */
  readonly straggleProbability: number;
  /** Of each message to be the last that gets through, and neither side hears of it for a while. */
  readonly halfOpenProbability: number;
};
export const fairWeather: Weather = {
  lossProbability: 0,
  repeatProbability: 0,
  breakProbability: 0,
  delayMsMax: 20,
  straggleProbability: 0,
  halfOpenProbability: 0,
};

export type FaultyNetwork = {
  /** For a cloud that starts now; the one before hears and says nothing any more. */
  openBus(): Bus;
  /** The broker, which lives and dies with the cloud. */
  setUp(up: boolean): void;
  setWeather(weather: Weather): void;
  setReachable(thing: ThingName, reachable: boolean): void;
  /** The link of one boot; `isOn`: whether that boot still lives. */
  makeLink(thing: ThingName, isOn: () => boolean): Link;
  /** The doorbell is gone without a word. */
  drop(thing: ThingName): void;
  /** Somebody else connects under its name, says nothing and goes away when it comes back. */
  takeOver(thing: ThingName): void;
};

type Session = {
  readonly told: LinkSession;
  paused: boolean;
  readonly waiting: BusMessage[];
  /** Nothing gets through in either direction any more, and nobody knows. */
  halfOpen: boolean;
};
type Listeners = {
  readonly onMessage: ((message: BusMessage) => void)[];
  readonly onPresence: ((presence: Presence) => void)[];
};

const connectTimeoutMs = milliseconds(4_000);
/** When a side notices that the other is gone: a keep-alive that nobody answers. */
const keepAliveMs = { from: 5_000, to: 120_000 } as const;
const straggleMs = { from: 60_000, to: 4 * 3_600_000 } as const;

export type Heard = (direction: 'up' | 'down', topic: string, payload: Uint8Array) => void;

export function openFaultyNetwork(
  clock: Clock,
  chance: Chance,
  onMessage: Heard = () => {},
): FaultyNetwork {
  const sessions = new Map<ThingName, Session>();
  const unreachable = new Set<ThingName>();
  let weather = fairWeather;
  let isUp = false;
  let listeners: Listeners = { onMessage: [], onPresence: [] };

  const later = (name: string, ms: number, act: () => void): void => {
    clock.setTimer(name, milliseconds(ms), act);
  };
  const tellPresence = (thing: ThingName, connected: boolean): void => {
    for (const listener of listeners.onPresence) listener({ thing, connected });
  };
  const delay = (): number => chance.between(1, weather.delayMsMax);

  /** Carries a message: never, once or twice, each time after a while of its own; or once more much later. */
  function carry(name: string, arrive: () => void, straggle: () => void): void {
    if (chance.happens(weather.straggleProbability)) {
      later(name, chance.between(straggleMs.from, straggleMs.to), straggle);
    }
    if (chance.happens(weather.lossProbability)) return;
    later(name, delay(), arrive);
    if (chance.happens(weather.repeatProbability)) later(name, delay() * 3, arrive);
  }

  /** Each side notices in its own time. */
  function halfOpen(thing: ThingName, session: Session): void {
    session.halfOpen = true;
    const notice = (): number => chance.between(keepAliveMs.from, keepAliveMs.to);
    later('keep-alive', notice(), () => session.told.onClosed('nobody answers any more'));
    later('keep-alive', notice(), () => {
      if (sessions.get(thing) !== session) return;
      sessions.delete(thing);
      tellPresence(thing, false);
    });
  }

  function end(thing: ThingName, because: string | null): void {
    const session = sessions.get(thing);
    if (session === undefined) return;
    sessions.delete(thing);
    tellPresence(thing, false);
    if (because !== null && !session.halfOpen) session.told.onClosed(because);
  }

  function arriveAtCloud(message: BusMessage, of: Listeners): void {
    // What was under way when the cloud died is gone; what was sent over a link since closed may still come.
    if (of !== listeners || !isUp) return;
    const session = sessions.get(message.thing as ThingName);
    if (session?.paused === true) {
      session.waiting.push(message);
      return;
    }
    onMessage('up', message.topic, message.payload);
    for (const listener of listeners.onMessage) listener(message);
  }

  function openBus(): Bus {
    const own: Listeners = { onMessage: [], onPresence: [] };
    listeners = own;
    return {
      async publish(topic, payload) {
        const thing = (topic.split('/')[1] ?? '') as ThingName;
        const session = sessions.get(thing);
        if (listeners !== own || session === undefined) return;
        const copy = Uint8Array.from(payload);
        onMessage('down', topic, copy);
        if (session.halfOpen) return;
        carry(
          'message-down',
          () => {
            if (sessions.get(thing) === session) session.told.onMessage(topic, copy);
          },
          () => {
            const then = sessions.get(thing);
            if (then?.halfOpen === false) then.told.onMessage(topic, copy);
          },
        );
      },
      onMessage: (listener) => void own.onMessage.push(listener),
      onPresence(listener) {
        own.onPresence.push(listener);
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
        for (const message of session.waiting.splice(0)) arriveAtCloud(message, own);
      },
      disconnect: (thing) => end(thing, 'the broker closed the connection'),
      async close() {
        own.onMessage.length = 0;
        own.onPresence.length = 0;
      },
    };
  }

  function makeLink(thing: ThingName, isOn: () => boolean): Link {
    let current: Session | null = null;
    const pass = (ms: number): Promise<void> =>
      new Promise((resolve) => later('link', ms, resolve));
    /** A boot whose power is off never goes on. */
    const living = async (): Promise<void> => {
      if (!isOn()) await new Promise<never>(() => {});
    };
    return {
      async open(told) {
        await living();
        await pass(delay());
        if (!isUp || unreachable.has(thing)) {
          await pass(connectTimeoutMs);
          throw new LinkError('nobody answers');
        }
        await living();
        end(thing, 'taken over by another connection');
        current = { told, paused: false, waiting: [], halfOpen: false };
        sessions.set(thing, current);
        tellPresence(thing, true);
      },
      async publish(topic, payload) {
        await living();
        const session = current;
        if (session === null || (sessions.get(thing) !== session && !session.halfOpen)) {
          throw new LinkError('not connected');
        }
        if (!session.halfOpen) {
          if (chance.happens(weather.breakProbability)) end(thing, 'the connection broke');
          const message = { thing, topic, payload: Uint8Array.from(payload) };
          const of = listeners;
          carry(
            'message-up',
            () => arriveAtCloud(message, of),
            () => {
              // An opening says how long ago it was when it was sent, and no broker holds it back.
              if (!topic.endsWith('/init')) arriveAtCloud(message, listeners);
            },
          );
          if (sessions.get(thing) === session && chance.happens(weather.halfOpenProbability)) {
            halfOpen(thing, session);
          }
        }
        await pass(delay());
        await living();
        if (session.halfOpen) await pass(keepAliveMs.to);
        if (sessions.get(thing) !== session || session.halfOpen) {
          throw new LinkError('the connection broke');
        }
      },
      async close() {
        if (isOn() && sessions.get(thing) === current) end(thing, null);
      },
    };
  }

  return {
    openBus,
    setUp(up) {
      isUp = up;
      if (!up) for (const thing of [...sessions.keys()]) end(thing, 'the broker is gone');
    },
    setWeather(next) {
      weather = next;
    },
    setReachable(thing, reachable) {
      if (reachable) unreachable.delete(thing);
      else {
        unreachable.add(thing);
        end(thing, 'the network is gone');
      }
    },
    makeLink,
    drop: (thing) => end(thing, null),
    takeOver(thing) {
      end(thing, 'taken over by another connection');
      const nobody: LinkSession = {
        clientId: thing,
        filters: [],
        onMessage: () => {},
        onClosed: () => {},
      };
      sessions.set(thing, { told: nobody, paused: false, waiting: [], halfOpen: false });
      tellPresence(thing, true);
    },
  };
}
