/**
 * AWS IoT Core's lifecycle events: their topics and payloads (developer guide, "Lifecycle events").
 */
import { type DurationMs, type EpochMs, hours } from '../../../device/wire/time.ts';
import type { SubscriptionChange } from './conduct.ts';
import type { Ending } from './disconnect-reason.ts';

export type LifecycleEvent = { readonly topic: string; readonly payload: LifecyclePayload };
export type LifecyclePayload = {
  readonly clientId: string;
  readonly timestamp: EpochMs;
  readonly eventType:
    | 'connected'
    | 'disconnected'
    | 'connect_failed'
    | 'subscribed'
    | 'unsubscribed';
  readonly sessionIdentifier: string;
  readonly principalIdentifier: string;
  readonly ipAddress?: string;
  readonly versionNumber?: number;
  readonly clientInitiatedDisconnect?: boolean;
  readonly disconnectReason?: Ending['reason'];
  readonly connectFailureReason?: 'AUTHORIZATION_FAILED';
  readonly topics?: readonly string[];
};

/** Who connects, from where: the same in every event of one connection. */
export type Principal = {
  readonly clientId: string;
  readonly sessionIdentifier: string;
  /** The certificate's SHA-256 fingerprint. */
  readonly principalIdentifier: string;
  readonly ipAddress: string;
};

/** A client that was away this long starts again from version 0. */
const versionKeptMs = hours(1);

type Version = { readonly number: number; leftAt: DurationMs | null };

/** Makes the events, and numbers the connections of each client. */
export class Lifecycle {
  readonly #versions = new Map<string, Version>();

  /** `uptime` is on a clock that never steps. */
  connected(who: Principal, timestamp: EpochMs, uptime: DurationMs): LifecycleEvent {
    const before = this.#versions.get(who.clientId);
    const gone =
      before === undefined || (before.leftAt !== null && uptime - before.leftAt >= versionKeptMs);
    const version = { number: gone ? 0 : before.number + 1, leftAt: null };
    this.#versions.set(who.clientId, version);
    return presence(who, timestamp, 'connected', { versionNumber: version.number });
  }

  disconnected(
    who: Principal,
    ending: Ending,
    timestamp: EpochMs,
    uptime: DurationMs,
  ): LifecycleEvent {
    const version = this.#versions.get(who.clientId);
    if (version !== undefined) version.leftAt = uptime;
    return presence(who, timestamp, 'disconnected', {
      versionNumber: version?.number ?? 0,
      clientInitiatedDisconnect: ending.reason === 'CLIENT_INITIATED_DISCONNECT',
      disconnectReason: ending.reason,
    });
  }

  connectFailed(who: Principal, timestamp: EpochMs): LifecycleEvent {
    return presence(who, timestamp, 'connect_failed', {
      connectFailureReason: 'AUTHORIZATION_FAILED',
    });
  }

  subscriptions(who: Principal, change: SubscriptionChange, timestamp: EpochMs): LifecycleEvent {
    const { clientId, sessionIdentifier, principalIdentifier } = who;
    return {
      topic: `$aws/events/subscriptions/${change.kind}/${clientId}`,
      payload: {
        clientId,
        timestamp,
        eventType: change.kind,
        sessionIdentifier,
        principalIdentifier,
        topics: change.topics,
      },
    };
  }
}

function presence(
  who: Principal,
  timestamp: EpochMs,
  eventType: 'connected' | 'disconnected' | 'connect_failed',
  more: Partial<LifecyclePayload>,
): LifecycleEvent {
  const { clientId, sessionIdentifier, principalIdentifier, ipAddress } = who;
  return {
    topic: `$aws/events/presence/${eventType}/${clientId}`,
    payload: {
      clientId,
      timestamp,
      eventType,
      ...more,
      sessionIdentifier,
      principalIdentifier,
      ipAddress,
    },
  };
}
