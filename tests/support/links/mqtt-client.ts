/**
 * MQTT.js as a doorbell or an intruder would use it: one connection, no reconnecting, everything it
 * got on record.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { IdentityFiles } from '../../../cloud-stub/backends/pki/identity.ts';
import { waitFor } from '../wait-for.ts';

export type TestClient = {
  readonly mqtt: MqttClient;
  readonly received: {
    readonly topic: string;
    readonly payload: Buffer;
    readonly retain: boolean;
  }[];
  /** True once the broker closed the connection or it was ended. */
  isClosed(): boolean;
  closed(): Promise<void>;
  end(): Promise<void>;
};

export const clientOptions = (identity: IdentityFiles, clientId: string): IClientOptions => ({
  clientId,
  key: identity.keyPem,
  cert: identity.certificatePem,
  ca: identity.caPem,
  protocolVersion: 4,
  reconnectPeriod: 0,
  connectTimeout: 30_000,
  keepalive: 60,
});

/** Connects; rejects with what the broker or the socket said when that fails. */
export async function connectClient(url: string, options: IClientOptions): Promise<TestClient> {
  const mqtt = connect(url, options);
  const received: TestClient['received'] = [];
  let closed = false;
  mqtt.on('message', (topic, payload, { retain }) => received.push({ topic, payload, retain }));
  await new Promise<void>((resolve, reject) => {
    let problem = new Error('closed before CONNACK');
    mqtt.on('error', (error) => {
      problem = error;
    });
    mqtt.once('connect', () => resolve());
    mqtt.once('close', () => {
      closed = true;
      reject(problem);
    });
  });
  return {
    mqtt,
    received,
    isClosed: () => closed,
    closed: () => waitFor('the connection to close', () => closed),
    end: async () => {
      await mqtt.endAsync(true);
    },
  };
}
