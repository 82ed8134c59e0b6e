/** A connection of the AWS SDK's MQTT 3.1.1 client, which would reconnect by itself: it is ended instead. */
import { iot, mqtt } from 'aws-iot-device-sdk-v2';
import {
  asPayload,
  type CrtAddress,
  type CrtConnection,
  type CrtEvents,
  socketOptions,
} from './aws-crt-connection.ts';
import { limits } from './limits.ts';

export async function connectMqtt3(
  address: CrtAddress,
  clientId: string,
  events: CrtEvents,
): Promise<CrtConnection> {
  const connection = new mqtt.MqttClient().new_connection(configOf(address, clientId));
  let ended: Promise<void> | null = null;
  const end = (): Promise<void> => {
    ended ??= connection.disconnect().catch(() => undefined);
    return ended;
  };
  connection.on('error', (error) => events.onLost(error.message));
  connection.on('interrupt', (error) => {
    // At once: the client would send again what was in flight, which is the firmware's to decide.
    void end();
    events.onLost(`the connection broke: ${error.error_name ?? error.message}`);
  });
  connection.on('message', (topic, payload) => events.onMessage(topic, new Uint8Array(payload)));
  try {
    await connection.connect();
  } catch (error) {
    void end();
    throw error;
  }
  return {
    publish: async (topic, payload, qos) => {
      await connection.publish(topic, asPayload(payload), qos);
    },
    subscribe: async (filters) => {
      const answers = await Promise.all(
        filters.map((filter) => connection.subscribe(filter, mqtt.QoS.AtLeastOnce)),
      );
      return filters.filter((_, i) => refused(answers[i]));
    },
    end,
  };
}

const refused = (answer: mqtt.MqttSubscribeRequest | undefined): boolean =>
  answer === undefined || (answer.error_code ?? 0) !== 0 || (answer.qos as number) > 2;

function configOf(address: CrtAddress, clientId: string): mqtt.MqttConnectionConfig {
  return (
    iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(
      address.tls.certificatePem,
      address.tls.keyPem,
    )
      .with_certificate_authority(address.tls.caPem)
      .with_endpoint(address.host)
      .with_port(address.port)
      .with_client_id(clientId)
      .with_clean_session(true)
      .with_keep_alive_seconds(limits.keepAliveSeconds)
      .with_ping_timeout_ms(limits.pingTimeoutMs)
      .with_protocol_operation_timeout_ms(limits.pubackMs)
      .with_timeout_ms(limits.connectMs)
      // Long enough to be ended before it tries.
      .with_reconnect_max_sec(60)
      .with_reconnect_min_sec(30)
      .with_socket_options(socketOptions())
      .build()
  );
}
