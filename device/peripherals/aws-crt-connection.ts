/** What the AWS SDK's two clients have in common. */
import { io } from 'aws-iot-device-sdk-v2';
import { limits } from './limits.ts';
import type { LinkAddress, LinkIdentity } from './link-address.ts';

export type CrtAddress = LinkAddress & { readonly tls: LinkIdentity };

/** One connection of either protocol version. */
export type CrtConnection = {
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void>;
  /** Resolves with the filters that were refused. */
  subscribe(filters: readonly string[]): Promise<readonly string[]>;
  /** Ends it, in good order where that is possible; resolves when it is gone. */
  end(): Promise<void>;
};
export type CrtEvents = {
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  readonly onLost: (because: string) => void;
};

/** The broker answered, but not in MQTT 5. */
export class Mqtt5RefusedError extends Error {
  override readonly name = 'Mqtt5RefusedError';
}

export const socketOptions = (): io.SocketOptions =>
  new io.SocketOptions(io.SocketType.STREAM, io.SocketDomain.IPV4, limits.connectMs);

/** The same bytes, as the SDK takes them. */
export const asPayload = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
