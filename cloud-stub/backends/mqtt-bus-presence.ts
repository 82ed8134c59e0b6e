/** Who is connected, as brokers that say so say it. Others say nothing: then silence must tell. */
import { z } from 'zod';
import { isThingName } from '../../device/wire/ids.ts';
import type { Presence } from '../ports.ts';

export type PresenceSource = {
  readonly filters: readonly string[];
  /** What a message on one of the filters means, null when it means nothing (any more). */
  read(topic: string, payload: Uint8Array): Presence | null;
};

/**
 * AWS IoT Core ends the connection of who subscribes to `$SYS`; so the source must fit the broker.
 */
export const presenceSourceFor = (hostname: string): PresenceSource =>
  hostname.endsWith('.amazonaws.com') ? awsPresence() : emqxPresence();

const awsEventSchema = z.object({
  clientId: z.string(),
  eventType: z.enum(['connected', 'disconnected']),
  versionNumber: z.int().nonnegative(),
  timestamp: z.number(),
});

/**
 * Lifecycle events may come out of order and twice: the number of the connection and the event's
 * time tell which is the latest. (AWS IoT developer guide, "Lifecycle events")
 */
export function awsPresence(): PresenceSource {
  const latest = new Map<string, { version: number; timestamp: number; connected: boolean }>();
  return {
    filters: ['$aws/events/presence/connected/+', '$aws/events/presence/disconnected/+'],
    read(_topic, payload) {
      const event = awsEventSchema.safeParse(parseJson(payload)).data;
      if (event === undefined || !isThingName(event.clientId)) return null;
      const { clientId, versionNumber: version, timestamp } = event;
      const connected = event.eventType === 'connected';
      const before = latest.get(clientId);
      if (before !== undefined && isStale({ version, timestamp, connected }, before)) return null;
      latest.set(clientId, { version, timestamp, connected });
      return { thing: clientId, connected };
    },
  };
}

type Seen = { readonly version: number; readonly timestamp: number; readonly connected: boolean };

/**
 * A connection has one beginning and one end; of different connections the later counts, whatever
 * their numbers.
 */
const isStale = (event: Seen, before: Seen): boolean =>
  event.version === before.version && before.connected
    ? event.connected
    : event.timestamp <= before.timestamp;

/**
 * EMQX, `$SYS/brokers/<node>/clients/<client id>/connected`; mosquitto grants the filter and stays
 * silent.
 */
export function emqxPresence(): PresenceSource {
  return {
    filters: ['$SYS/brokers/+/clients/+/connected', '$SYS/brokers/+/clients/+/disconnected'],
    read(topic) {
      const [, , , , thing, state] = topic.split('/');
      if (thing === undefined || !isThingName(thing)) return null;
      return { thing, connected: state === 'connected' };
    },
  };
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return null;
  }
}
