/**
 * What the broker enforces, as data. `aws` is AWS IoT Core's message broker as far as MQTT 3.1.1
 * can show it: what works under it works there. `open` lifts those rows and keeps only what
 * protects this process. Sources: the AWS General Reference, "AWS IoT Core endpoints and quotas";
 * the developer guide, "MQTT". README.md has the rows with their tests.
 */
import { type DurationMs, hours, milliseconds, seconds } from '../../../device/wire/time.ts';

export type Profile = {
  readonly name: 'aws' | 'open';
  /** A larger payload closes the connection. */
  readonly payloadBytesMax: number;
  /** In each direction; what exceeds it is discarded. The burst is one second's worth. */
  readonly publishesPerSecondMax: number;
  /** In each direction; what exceeds it is delayed. The burst is one second's worth. */
  readonly bytesPerSecondMax: number;
  /** QoS 1 messages of one direction without their PUBACK; the next waits. */
  readonly unacknowledgedMax: number;
  /** A second CONNECT of a client id within this time is refused. */
  readonly connectIntervalMs: DurationMs;
  readonly clientIdBytesMax: number;
  /**
   * What a client asks for is brought into this range; 0 stands for the maximum. `null`: as the
   * client asks, 0 is never.
   */
  readonly keepAliveSeconds: { readonly min: number; readonly max: number } | null;
  readonly topicBytesMax: number;
  readonly topicSlashesMax: number;
  readonly filtersPerSubscribeMax: number;
  readonly subscriptionsMax: number;
  /** Messages and subscriptions above it get no answer at all. */
  readonly qosMax: 1 | 2;
  /** A topic or filter that begins with `$` closes the connection; else it is merely denied. */
  readonly dollarCloses: boolean;
  /**
   * A denied publish or subscribe closes the connection; else SUBACK says 0x80 and a publish still
   * closes.
   */
  readonly deniedSubscribeCloses: boolean;
  /** Whether the filter `a/#` matches the topic `a`, as MQTT says. */
  readonly hashMatchesParent: boolean;
  /** Whether a filter with a wildcard is answered with retained messages, as MQTT says. */
  readonly retainedOnWildcard: boolean;
  /** Anything a client sends between CONNECT and CONNACK closes the connection. */
  readonly silentBeforeConnack: boolean;
  /** How long the session of a client that is away is kept. */
  readonly sessionExpiryMs: DurationMs;
  /** QoS 1 messages kept for a client that is away; newer ones are dropped. */
  readonly sessionQueueMax: number;
  /** How fast they are sent when it returns. */
  readonly sessionReplayPerSecondMax: number;
};

const KiB = 1024;

export const awsProfile: Profile = {
  name: 'aws',
  payloadBytesMax: 128 * KiB,
  publishesPerSecondMax: 100,
  bytesPerSecondMax: 512 * KiB,
  unacknowledgedMax: 100,
  connectIntervalMs: seconds(1),
  clientIdBytesMax: 128,
  keepAliveSeconds: { min: 30, max: 1200 },
  topicBytesMax: 256,
  topicSlashesMax: 7,
  filtersPerSubscribeMax: 8,
  subscriptionsMax: 50,
  qosMax: 1,
  dollarCloses: true,
  deniedSubscribeCloses: true,
  hashMatchesParent: false,
  retainedOnWildcard: false,
  silentBeforeConnack: true,
  sessionExpiryMs: hours(1),
  sessionQueueMax: 1000,
  sessionReplayPerSecondMax: 10,
};

/** The numbers left protect this process's memory. */
export const openProfile: Profile = {
  name: 'open',
  payloadBytesMax: 1024 * KiB,
  publishesPerSecondMax: Infinity,
  bytesPerSecondMax: Infinity,
  unacknowledgedMax: 65_535,
  connectIntervalMs: milliseconds(0),
  clientIdBytesMax: 65_535,
  keepAliveSeconds: null,
  topicBytesMax: 1024,
  topicSlashesMax: 31,
  filtersPerSubscribeMax: 256,
  subscriptionsMax: 1024,
  qosMax: 2,
  dollarCloses: false,
  deniedSubscribeCloses: false,
  hashMatchesParent: true,
  retainedOnWildcard: true,
  silentBeforeConnack: false,
  sessionExpiryMs: hours(1),
  sessionQueueMax: 1000,
  sessionReplayPerSecondMax: Infinity,
};

/** A connection is cut after this many keep-alive intervals of silence; MQTT and AWS agree. */
export const keepAliveFactor = 1.5;
