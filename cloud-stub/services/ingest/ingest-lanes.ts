/**
 * One bounded queue and one worker for each device, so that no device can slow another: the broker's handler copies a
 * message in and returns; a full queue pauses that device's socket only. [WIRE-3]
 */
import type { ThingName } from '../../../device/wire/ids.ts';
import { milliseconds } from '../../../device/wire/time.ts';
import type { UpTopic } from '../../../device/wire/topics.ts';
import type { Bus, Clock } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';

export type LaneMessage = {
  readonly topic: UpTopic;
  readonly payload: Uint8Array;
  readonly bytes: number;
};

export type LaneEvents = {
  /** Handles one message; whatever it throws costs this message only. */
  handle(message: LaneMessage): Promise<void>;
  onFault(thing: ThingName, error: unknown): void;
  onPause(thing: ThingName): void;
};

export type Lanes = {
  /** False when the queue is full beyond its overrun: the message is dropped, and the device will send it again. */
  accept(topic: UpTopic, payload: Uint8Array): boolean;
  /** Runs `task` in turn with the device's messages; it is never dropped. */
  run(thing: ThingName, task: () => Promise<void>): Promise<void>;
  queuedBytes(): number;
  /** Takes no message any more; resolves when all that was taken is handled. */
  drain(): Promise<void>;
};

type Work = { readonly bytes: number; readonly act: () => Promise<void> };
type Lane = { readonly queue: Work[]; bytes: number; paused: boolean; done: Promise<void> };

export function makeLanes(
  bus: Pick<Bus, 'pause' | 'resume'>,
  clock: Pick<Clock, 'setTimer'>,
  events: LaneEvents,
): Lanes {
  const lanes = new Map<ThingName, Lane>();
  let queuedBytes = 0;
  let draining = false;

  /** Past half of what all may hold together, a device keeps its share only. */
  const bytesMax = (): number =>
    queuedBytes < serviceLimits.allQueuesBytesMax / 2
      ? serviceLimits.queueBytesMax
      : serviceLimits.queueBytesMin;

  async function work(thing: ThingName, lane: Lane): Promise<void> {
    let turnBytes = 0;
    let turnMessages = 0;
    for (let next = lane.queue.shift(); next !== undefined; next = lane.queue.shift()) {
      try {
        await next.act();
      } catch (error) {
        // The bulkhead: what the cloud cannot handle costs its device one message and nobody else anything. [WIRE-9]
        events.onFault(thing, error);
      }
      lane.bytes -= next.bytes;
      queuedBytes -= next.bytes;
      if (lane.paused && isHalfEmpty(lane)) {
        lane.paused = false;
        bus.resume(thing);
      }
      turnBytes += next.bytes;
      turnMessages += 1;
      if (
        turnBytes >= serviceLimits.laneTurnBytes ||
        turnMessages >= serviceLimits.laneTurnMessages
      ) {
        turnBytes = 0;
        turnMessages = 0;
        await turnOfOthers();
      }
    }
    lanes.delete(thing);
  }

  /** A long queue that never waits would keep the sockets unread. */
  const turnOfOthers = (): Promise<void> =>
    new Promise((resolve) => {
      clock.setTimer('lane-turn', milliseconds(0), resolve);
    });

  const isHalfEmpty = (lane: Lane): boolean =>
    lane.bytes <= bytesMax() / 2 && lane.queue.length <= serviceLimits.queueMessagesMax / 2;

  function put(thing: ThingName, item: Work): Lane {
    let lane = lanes.get(thing);
    if (lane === undefined) {
      lane = { queue: [item], bytes: item.bytes, paused: false, done: Promise.resolve() };
      lanes.set(thing, lane);
      const started = lane;
      // After this turn, so that the broker's handler returns before any work begins.
      lane.done = Promise.resolve().then(() => work(thing, started));
    } else {
      lane.queue.push(item);
      lane.bytes += item.bytes;
    }
    queuedBytes += item.bytes;
    return lane;
  }

  return {
    accept(topic, payload) {
      if (draining) return false;
      const { thing } = topic;
      const before = lanes.get(thing);
      const overrun = serviceLimits.queueOverrun;
      if (
        before !== undefined &&
        (before.bytes + payload.length > bytesMax() * overrun ||
          before.queue.length >= serviceLimits.queueMessagesMax * overrun ||
          queuedBytes + payload.length > serviceLimits.allQueuesBytesMax)
      ) {
        return false;
      }
      const message = { topic, payload: owned(payload), bytes: payload.length };
      const lane = put(thing, { bytes: payload.length, act: () => events.handle(message) });
      const full = lane.bytes > bytesMax() || lane.queue.length > serviceLimits.queueMessagesMax;
      if (full && !lane.paused) {
        lane.paused = true;
        events.onPause(thing);
        bus.pause(thing);
      }
      return true;
    },

    run: (thing, task) =>
      new Promise((resolve, reject) => {
        put(thing, { bytes: 0, act: () => task().then(resolve, reject) });
      }),

    queuedBytes: () => queuedBytes,

    async drain() {
      draining = true;
      while (lanes.size > 0) await Promise.all([...lanes.values()].map(({ done }) => done));
    },
  };
}

/**
 * The payload in memory of its own. A small one is a view of what the socket read, and would keep all of that alive
 * while it waits here; one that spans several reads was put together by the parser, and is not copied again.
 */
function owned(payload: Uint8Array): Uint8Array {
  if (payload.length === payload.buffer.byteLength) return payload;
  const copy = Buffer.allocUnsafeSlow(payload.length);
  copy.set(payload);
  return copy;
}
