/** What protects this process from its clients, whatever the profile. */
import assert from 'node:assert/strict';
import { type DurationMs, seconds } from '../../../device/wire/time.ts';

export type BrokerLimits = {
  /** Open connections, those included that have not yet sent CONNECT. */
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /**
   * Connections that have not yet completed CONNECT; the oldest of the busiest address makes room.
   */
  readonly pendingMax: number;
  readonly pendingPerAddressMax: number;
  /** From TCP accept to CONNACK. */
  readonly connectDeadlineMs: DurationMs;
  /**
   * What waits to be sent to one client, its socket's buffer included; above it the client is cut
   * off.
   */
  readonly outQueueBytesMax: number;
  /** How long a refused client has to read why. */
  readonly lingerMs: DurationMs;
  /** CONNECT, SUBSCRIBE and UNSUBSCRIBE; CONNECT may carry a will. */
  readonly controlPacketBytesMax: number;
  /** QoS 2 messages of one client between PUBLISH and PUBREL, under the open profile. */
  readonly qos2InflightMax: number;
  /** How soon a certificate revoked by another process loses its connection. */
  readonly revocationCheckMs: DurationMs;
};

export const brokerLimits: BrokerLimits = {
  connectionsMax: 12_000,
  connectionsPerAddressMax: 10_000,
  pendingMax: 2048,
  pendingPerAddressMax: 1024,
  connectDeadlineMs: seconds(10),
  outQueueBytesMax: 1024 * 1024,
  lingerMs: seconds(2),
  controlPacketBytesMax: 160 * 1024,
  qos2InflightMax: 16,
  revocationCheckMs: seconds(1),
};

assert(brokerLimits.pendingPerAddressMax <= brokerLimits.pendingMax);
assert(brokerLimits.pendingMax < brokerLimits.connectionsMax);
assert(brokerLimits.connectionsPerAddressMax <= brokerLimits.connectionsMax);
