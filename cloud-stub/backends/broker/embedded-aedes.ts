/** aedes, told to ask us: who may come in, what may be sent and what may be forwarded. */
import { Aedes, type AedesPublishPacket, type Client, type ConnectPacket } from 'aedes';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { Profile } from './aws-profile.ts';
import type { BrokerLimits } from './broker-limits.ts';
import type { Refusal } from './connect-rules.ts';
import { Gate } from './gate.ts';
import { detached } from './payload.ts';
import { matchesTopic, mayPublish, maySubscribe } from './topic-access.ts';

export type Door = {
  /** CONNECT came; may change the packet. */
  examine(gate: Gate, packet: ConnectPacket): void;
  /** Null: the client may come in. */
  letIn(gate: Gate): Promise<Refusal | null>;
  onMessage(thing: ThingName, topic: string, payload: Uint8Array): void;
  /** aedes failed where no client is at fault. */
  onFault(error: Error): void;
};

export type EmbeddedAedesOptions = {
  readonly profile: Profile;
  readonly limits: BrokerLimits;
  /** As aedes wants it. */
  readonly persistence: object;
  readonly door: Door;
};

export async function openAedes(options: EmbeddedAedesOptions): Promise<Aedes> {
  const { profile, limits, persistence, door } = options;
  const aedes = new Aedes({
    id: 'cloud',
    persistence,
    // The connection guard has the deadline.
    connectTimeout: 2 ** 31 - 1,
    // The gate takes everything at once.
    drainTimeout: 0,
    maxTopicLevels: profile.topicSlashesMax + 1,
    maxInflightInbound: limits.qos2InflightMax,
    preConnect: (client, packet, done) => {
      door.examine(gateOf(client), packet);
      done(null, true);
    },
    authenticate: (client, _username, _password, done) => {
      const refuse = (error: Error, returnCode: Refusal['returnCode']) =>
        done(Object.assign(error, { returnCode }), false);
      door.letIn(gateOf(client)).then(
        (no) => (no === null ? done(null, true) : refuse(new Error(no.because), no.returnCode)),
        (error: Error) => refuse(error, 3),
      );
    },
    // Wills above all; what a client sends was judged at its gate.
    authorizePublish: (client, packet, done) => {
      const allowed = client === null || mayPublish(gateOf(client).thing, packet.topic);
      done(allowed ? null : new Error(`publish denied: ${packet.topic}`));
    },
    authorizeSubscribe: (client, subscription, done) => {
      const allowed = maySubscribe(gateOf(client).thing, subscription.topic);
      done(null, allowed ? subscription : null);
    },
    authorizeForward: (client, packet) => (mayGet(client, packet, profile) ? packet : null),
  });
  const blame = (client: Client, error: Error) =>
    gateOf(client).cut({ reason: 'CLIENT_ERROR', because: error.message });
  aedes.on('clientError', blame);
  aedes.on('connectionError', blame);
  (aedes as NodeJS.EventEmitter).on('error', (error: Error) => door.onFault(error));
  await aedes.listen();
  await new Promise<void>((resolve) => {
    aedes.subscribe(
      'up/#',
      (packet, done) => {
        deliver(packet, door);
        done();
      },
      resolve,
    );
  });
  return aedes;
}

function deliver(packet: AedesPublishPacket, door: Door): void {
  const { clientId } = packet as AedesPublishPacket & { readonly clientId?: string };
  if (clientId === undefined) return;
  const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
  // The door let the client in under this name.
  door.onMessage(clientId as ThingName, packet.topic, detached(payload));
}

/** A session resumed may hold what was granted before; so each message is judged again. */
function mayGet(client: Client, { topic }: AedesPublishPacket, profile: Profile): boolean {
  if (!maySubscribe(gateOf(client).thing, topic)) return false;
  if (profile.hashMatchesParent) return true;
  const { subscriptions } = client as Client & {
    readonly subscriptions: Readonly<Record<string, unknown>>;
  };
  return Object.keys(subscriptions).some((filter) => matchesTopic(filter, topic, false));
}

function gateOf(client: Client): Gate {
  if (!(client.conn instanceof Gate)) throw new TypeError('a client came in past the gate');
  return client.conn;
}
