/** A connection of the AWS SDK's MQTT 5 client, which would reconnect by itself: it is stopped instead. */
import { iot, mqtt5 } from 'aws-iot-device-sdk-v2';
import { LinkError } from '../board.ts';
import { limits as wire } from '../wire/limits.ts';
import {
  asPayload,
  type CrtAddress,
  type CrtConnection,
  type CrtEvents,
  Mqtt5RefusedError,
  socketOptions,
} from './aws-crt-connection.ts';
import { limits } from './limits.ts';

/** Throws Mqtt5RefusedError when the broker speaks another version. */
export async function connectMqtt5(
  address: CrtAddress,
  clientId: string,
  events: CrtEvents,
): Promise<CrtConnection> {
  const client = new mqtt5.Mqtt5Client(configOf(address, clientId));
  let ended: Promise<void> | null = null;
  const end = (): Promise<void> => {
    ended ??= stop(client);
    return ended;
  };
  client.on('error', () => undefined);
  client.on('messageReceived', ({ message }) => {
    events.onMessage(message.topicName, payloadOf(message.payload));
  });
  client.on('disconnection', ({ error }) => {
    void end();
    events.onLost(`the connection broke: ${error.error_name ?? error}`);
  });
  try {
    await start(client);
  } catch (error) {
    void end();
    throw error;
  }
  return {
    publish: async (topicName, payload, qos) => {
      // A publish that was refused still resolves, with a reason.
      const done = await client.publish({ topicName, payload: asPayload(payload), qos });
      const reason = (done as mqtt5.PubackPacket | undefined)?.reasonCode ?? 0;
      if (reason >= 0x80) throw new LinkError(`the broker refused it, reason 0x${hex(reason)}`);
    },
    subscribe: (filters) => subscribe(client, filters),
    end,
  };
}

function start(client: mqtt5.Mqtt5Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('connectionSuccess', () => resolve());
    client.once('connectionFailure', ({ error, connack }) => {
      reject(connectFailure(error.error_name ?? String(error), connack));
    });
    client.start();
  });
}

/** A broker of version 3 answers with its own CONNACK, which cannot be read, or with 0x84, or not at all. */
function connectFailure(name: string, connack: mqtt5.ConnackPacket | undefined): Error {
  const unsupported = connack?.reasonCode === mqtt5.ConnectReasonCode.UnsupportedProtocolVersion;
  if (unsupported || name === 'AWS_ERROR_MQTT5_DECODE_PROTOCOL_ERROR') {
    return new Mqtt5RefusedError(name);
  }
  const refusal = connack === undefined ? '' : ` (0x${hex(connack.reasonCode)})`;
  return new LinkError(`${name}${refusal}`);
}

async function subscribe(
  client: mqtt5.Mqtt5Client,
  filters: readonly string[],
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (let i = 0; i < filters.length; i += wire.subscriptionsPerPacketMax) {
    const batch = filters.slice(i, i + wire.subscriptionsPerPacketMax);
    const { reasonCodes } = await client.subscribe({
      subscriptions: batch.map((topicFilter) => ({ topicFilter, qos: mqtt5.QoS.AtLeastOnce })),
    });
    refused.push(...batch.filter((_, n) => (reasonCodes[n] ?? 0x80) >= 0x80));
  }
  return refused;
}

/** `close` only after `stopped`, or native memory is freed under the client's feet. */
function stop(client: mqtt5.Mqtt5Client): Promise<void> {
  return new Promise((resolve) => {
    client.once('stopped', () => {
      client.close();
      resolve();
    });
    client.stop({ reasonCode: mqtt5.DisconnectReasonCode.NormalDisconnection });
  });
}

const hex = (code: number): string => code.toString(16).padStart(2, '0');

const payloadOf = (payload: mqtt5.Payload | undefined): Uint8Array => {
  if (payload === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(payload)) {
    return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  }
  return new Uint8Array(payload as ArrayBuffer);
};

function configOf(address: CrtAddress, clientId: string): mqtt5.Mqtt5ClientConfig {
  return (
    iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory(
      address.host,
      address.tls.certificatePem,
      address.tls.keyPem,
    )
      .withCertificateAuthority(address.tls.caPem)
      .withPort(address.port)
      .withConnectProperties({ clientId, keepAliveIntervalSeconds: limits.keepAliveSeconds })
      .withSessionBehavior(mqtt5.ClientSessionBehavior.Clean)
      .withOfflineQueueBehavior(mqtt5.ClientOperationQueueBehavior.FailAllOnDisconnect)
      // The firmware paces itself by its link profile [WIRE-4]; the SDK's own brake would come on top.
      .withExtendedValidationAndFlowControlOptions(
        mqtt5.ClientExtendedValidationAndFlowControl.None,
      )
      .withConnackTimeoutMs(limits.connectMs)
      .withPingTimeoutMs(limits.pingTimeoutMs)
      .withAckTimeoutSeconds(limits.pubackMs / 1000)
      // Long enough to be stopped before it tries.
      .withMinReconnectDelayMs(30_000)
      .withMaxReconnectDelayMs(60_000)
      .withSocketOptions(socketOptions())
      .build()
  );
}
