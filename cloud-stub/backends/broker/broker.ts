/**
 * The embedded broker: aedes behind TLS with client certificates, each connection behind a gate that enforces the
 * profile. Who a client is comes from its certificate alone: common name, client id and topic space are one name.
 */
import { Aedes, type AedesPublishPacket, type Client, type ConnectPacket } from 'aedes';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { Clock, Entropy, Presence, Timer } from '../../ports.ts';
import type { Pki } from '../pki/pki.ts';
import type { Profile } from './aws-profile.ts';
import type { BrokerLimits } from './broker-limits.ts';
import { ConnectionGuard } from './connection-guard.ts';
import type { Ending } from './disconnect-reason.ts';
import { Gate, type GateEvents } from './gate.ts';
import { Lifecycle, type LifecycleEvent, type Principal } from './lifecycle.ts';
import { detached } from './payload.ts';
import { SessionStore } from './session-store.ts';
import { type Caller, listenTls, type TlsListener } from './tls-listener.ts';
import { matchesTopic, mayPublish, maySubscribe } from './topic-access.ts';

export type BrokerOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly pki: Pki;
  /** Names and addresses of this machine for the server's certificate, beyond localhost and the host's name. */
  readonly serverNames: readonly string[];
  readonly profile: Profile;
  readonly limits: BrokerLimits;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: BrokerLog;
};
export type BrokerLog = {
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
};
export type BrokerListener = {
  onMessage(thing: ThingName, topic: string, payload: Uint8Array): void;
  onPresence(presence: Presence): void;
  onLifecycle(event: LifecycleEvent): void;
};
export type Broker = {
  readonly port: number;
  /** How often each row of the profile was enforced, and connections refused. */
  readonly tally: ReadonlyMap<string, number>;
  isConnected(thing: ThingName): boolean;
  publish(message: OutgoingMessage): Promise<void>;
  pause(thing: ThingName): void;
  resume(thing: ThingName): void;
  disconnect(thing: ThingName, ending: Ending): void;
  close(): Promise<void>;
};
export type OutgoingMessage = {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
};

/** Starts the broker. Throws BrokerListenError. */
export async function openBroker(
  options: BrokerOptions,
  listener: BrokerListener,
): Promise<Broker> {
  const broker = new EmbeddedBroker(options, listener);
  await broker.open();
  return broker;
}

type Connection = {
  readonly caller: Caller;
  readonly principal: Principal;
  refusal: Refusal | null;
  /** Whether the client asked for a session that outlives the connection. */
  remembered: boolean;
  /** Rows enforced on it and logged. */
  readonly rows: Set<string>;
};
/** `returnCode` as in CONNACK, MQTT 3.1.1 section 3.2.2.3. */
type Refusal = { readonly returnCode: 2 | 3 | 5; readonly because: string };

class EmbeddedBroker implements Broker, GateEvents {
  readonly #options: BrokerOptions;
  readonly #listener: BrokerListener;
  readonly #aedes: Aedes;
  readonly #guard: ConnectionGuard;
  readonly #sessions: SessionStore;
  readonly #lifecycle = new Lifecycle();
  readonly #tally = new Map<string, number>();
  readonly #connections = new Map<Gate, Connection>();
  readonly #online = new Map<ThingName, Gate>();
  /** Paused by the services; a doorbell that connects again is still paused. */
  readonly #paused = new Set<ThingName>();
  readonly #connectedAt = new Map<ThingName, number>();
  #tls: TlsListener | null = null;
  #revocationTimer: Timer | null = null;

  constructor(options: BrokerOptions, listener: BrokerListener) {
    this.#options = options;
    this.#listener = listener;
    this.#guard = new ConnectionGuard(options.limits, options.clock);
    this.#sessions = new SessionStore(options.profile, options.clock);
    this.#aedes = new Aedes({
      id: 'cloud',
      persistence: this.#sessions.persistence,
      // The guard has the deadline.
      connectTimeout: 2 ** 31 - 1,
      // The gate takes everything at once.
      drainTimeout: 0,
      maxTopicLevels: options.profile.topicSlashesMax + 1,
      maxInflightInbound: options.limits.qos2InflightMax,
      preConnect: (client, packet, done) => {
        this.#examineConnect(client, packet);
        done(null, true);
      },
      authenticate: (client, _username, _password, done) => {
        this.#authenticate(gateOf(client)).then(
          (refusal) => {
            if (refusal === null) return done(null, true);
            const error = new Error(refusal.because);
            done(Object.assign(error, { returnCode: refusal.returnCode }), false);
          },
          (error: Error) => done(Object.assign(error, { returnCode: 3 as const }), false),
        );
      },
      // Wills included; everything else of a client was judged at its gate.
      authorizePublish: (client, packet, done) => {
        const allowed = client === null || mayPublish(gateOf(client).thing, packet.topic);
        done(allowed ? null : new Error(`publish denied: ${packet.topic}`));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const allowed = maySubscribe(gateOf(client).thing, subscription.topic);
        done(null, allowed ? subscription : null);
      },
      authorizeForward: (client, packet) => this.#forward(client, packet),
    });
  }

  get port(): number {
    return this.#tls?.port ?? 0;
  }

  get tally(): ReadonlyMap<string, number> {
    return this.#tally;
  }

  async open(): Promise<void> {
    const { pki, host, port, serverNames } = this.#options;
    await this.#aedes.listen();
    this.#aedes.on('clientError', (client, error) => this.#blame(client, error));
    this.#aedes.on('connectionError', (client, error) => this.#blame(client, error));
    this.#aedes.subscribe(
      'up/#',
      (packet, done) => {
        this.#deliver(packet);
        done();
      },
      () => {},
    );
    this.#tls = await listenTls({
      host,
      port,
      identity: await pki.serverCertificate(serverNames),
      guard: this.#guard,
      onCaller: (caller) => this.#receive(caller),
      onRefused: (address, because) => {
        const count = this.#count('refused');
        // Logged ever more rarely, so that a flood of connections does not become a flood of lines.
        if (isPowerOfTwo(count)) {
          this.#options.log.warn({ address, because, count }, 'a connection was refused');
        }
      },
    });
    this.#watchRevocations();
  }

  isConnected(thing: ThingName): boolean {
    return this.#online.has(thing);
  }

  publish({ topic, payload, qos, retain }: OutgoingMessage): Promise<void> {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    return new Promise((resolve, reject) => {
      this.#aedes.publish(
        { cmd: 'publish', topic, payload: bytes, qos, retain, dup: false },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }

  pause(thing: ThingName): void {
    this.#paused.add(thing);
    this.#online.get(thing)?.pauseReading();
  }

  resume(thing: ThingName): void {
    this.#paused.delete(thing);
    this.#online.get(thing)?.resumeReading();
  }

  disconnect(thing: ThingName, ending: Ending): void {
    for (const [gate] of this.#connections) if (gate.thing === thing) gate.cut(ending);
  }

  async close(): Promise<void> {
    this.#revocationTimer?.cancel();
    this.#guard.close();
    this.#sessions.close();
    for (const gate of [...this.#connections.keys()]) {
      gate.cut({ reason: 'SERVER_INITIATED_DISCONNECT', because: 'the broker shuts down' });
    }
    await this.#tls?.close();
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
  }

  onOpened(gate: Gate): void {
    const connection = this.#connections.get(gate);
    if (connection === undefined) return;
    connection.caller.admission.settle();
    // Again: of two that came at once, the second was let in before the first was online.
    this.#dropEarlier(gate);
    this.#online.set(gate.thing, gate);
    if (this.#paused.has(gate.thing)) gate.pauseReading();
    const { clock } = this.#options;
    this.#tell(this.#lifecycle.connected(connection.principal, clock.now(), clock.monotonic()));
    this.#listener.onPresence({ thing: gate.thing, connected: true });
  }

  onClosed(gate: Gate, ending: Ending): void {
    const connection = this.#connections.get(gate);
    if (connection === undefined) return;
    this.#connections.delete(gate);
    const { clock, log } = this.#options;
    const { principal } = connection;
    log.info({ thing: gate.thing, ...ending }, 'a connection ended');
    if (this.#online.get(gate.thing) === gate) {
      this.#online.delete(gate.thing);
      if (connection.remembered) this.#sessions.keep(gate.thing);
      this.#tell(this.#lifecycle.disconnected(principal, ending, clock.now(), clock.monotonic()));
      this.#listener.onPresence({ thing: gate.thing, connected: false });
    }
  }

  onSubscriptions(gate: Gate, change: Parameters<GateEvents['onSubscriptions']>[1]): void {
    const connection = this.#connections.get(gate);
    if (connection === undefined) return;
    this.#tell(
      this.#lifecycle.subscriptions(connection.principal, change, this.#options.clock.now()),
    );
  }

  onRow(gate: Gate, row: string): void {
    this.#count(row);
    this.#options.log.info(
      { thing: gate.thing, row },
      'a limit of the broker profile was enforced',
    );
  }

  #receive(caller: Caller): void {
    const { profile, limits, clock, entropy } = this.#options;
    const { socket, thing } = caller;
    const gate = new Gate({ socket, thing, profile, limits, clock, events: this });
    const principal = {
      clientId: thing,
      sessionIdentifier: uuid(entropy.bytes(16)),
      principalIdentifier: caller.fingerprint,
      ipAddress: socket.remoteAddress ?? '',
    };
    this.#connections.set(gate, {
      caller,
      principal,
      refusal: null,
      remembered: false,
      rows: new Set(),
    });
    this.#aedes.handle(gate);
  }

  /** Judges what CONNECT says; the answer is given when aedes asks whether the client may come in. */
  #examineConnect(client: Client, packet: ConnectPacket): void {
    const gate = gateOf(client);
    const connection = this.#connections.get(gate);
    if (connection === undefined) return;
    const { profile, clock } = this.#options;
    const { clientId = '', keepalive = 0, will } = packet;
    const at = clock.monotonic();
    const last = this.#connectedAt.get(gate.thing);
    if (Buffer.byteLength(clientId) > profile.clientIdBytesMax || clientId.startsWith('$')) {
      connection.refusal = { returnCode: 2, because: 'client id too long or reserved' };
    } else if (clientId !== gate.thing) {
      connection.refusal = { returnCode: 5, because: `client id '${clientId}' is not its own` };
    } else if (will && !this.#mayLeaveWill(gate.thing, will)) {
      connection.refusal = { returnCode: 5, because: `will denied: ${will.topic}` };
    } else if (last !== undefined && at - last < profile.connectIntervalMs) {
      this.onRow(gate, 'connects-per-second');
      connection.refusal = { returnCode: 3, because: 'the client connects too often' };
    } else {
      this.#connectedAt.set(gate.thing, at);
    }
    connection.remembered = packet.clean === false;
    gate.keepAlive(clampKeepAlive(keepalive, profile));
    // The gate watches it, on the broker's own clock.
    packet.keepalive = 0;
  }

  #mayLeaveWill(
    thing: ThingName,
    { topic, payload, retain }: NonNullable<ConnectPacket['will']>,
  ): boolean {
    const { topicBytesMax, topicSlashesMax, payloadBytesMax } = this.#options.profile;
    return (
      mayPublish(thing, topic) &&
      retain !== true &&
      Buffer.byteLength(topic) <= topicBytesMax &&
      topic.split('/').length - 1 <= topicSlashesMax &&
      payload.length <= payloadBytesMax
    );
  }

  /** Null: the client may come in. */
  async #authenticate(gate: Gate): Promise<Refusal | null> {
    const { pki, clock, log } = this.#options;
    // Another process may just have revoked it.
    await pki.refresh();
    const connection = this.#connections.get(gate);
    if (connection === undefined) return { returnCode: 5, because: 'the connection is gone' };
    const { caller, principal } = connection;
    const refusal = pki.isRevoked(caller.serial)
      ? ({ returnCode: 5, because: 'the certificate is revoked' } as const)
      : connection.refusal;
    if (refusal === null) {
      this.#dropEarlier(gate);
      const filters = await this.#sessions.resume(gate.thing);
      if (connection.remembered) gate.conduct.restore(filters);
      return null;
    }
    this.#count('connect-refused');
    log.warn({ thing: gate.thing, ...refusal }, 'a client was refused');
    this.#tell(this.#lifecycle.connectFailed(principal, clock.now()));
    return refusal;
  }

  /** A client that connects again takes the place of its earlier connection. MQTT-3.1.4-2 */
  #dropEarlier(gate: Gate): void {
    const before = this.#online.get(gate.thing);
    if (before === undefined || before === gate) return;
    before.cut({ reason: 'DUPLICATE_CLIENTID', because: 'the same client connected again' });
  }

  #deliver(packet: AedesPublishPacket): void {
    const { clientId } = packet as AedesPublishPacket & { readonly clientId?: string };
    if (clientId === undefined) return;
    const payload =
      typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    // The gate let the client in under this name.
    this.#listener.onMessage(clientId as ThingName, packet.topic, detached(payload));
  }

  #forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    if (!maySubscribe(gateOf(client).thing, packet.topic)) return null;
    if (this.#options.profile.hashMatchesParent) return packet;
    const { subscriptions } = client as Client & {
      readonly subscriptions: Readonly<Record<string, unknown>>;
    };
    const matches = Object.keys(subscriptions).some((filter) =>
      matchesTopic(filter, packet.topic, false),
    );
    return matches ? packet : null;
  }

  /** aedes found fault with what the client sent, or lost it. */
  #blame(client: Client, error: Error): void {
    gateOf(client).cut({ reason: 'CLIENT_ERROR', because: error.message });
  }

  #tell(event: LifecycleEvent): void {
    this.#listener.onLifecycle(event);
    const payload = Buffer.from(JSON.stringify(event.payload));
    this.publish({ topic: event.topic, payload, qos: 0, retain: false }).catch(() => {
      this.#options.log.warn({ topic: event.topic }, 'a lifecycle event could not be published');
    });
  }

  #count(row: string): number {
    const count = (this.#tally.get(row) ?? 0) + 1;
    this.#tally.set(row, count);
    return count;
  }

  #watchRevocations(): void {
    const { clock, limits, pki, log } = this.#options;
    this.#revocationTimer = clock.setTimer('broker-revocations', limits.revocationCheckMs, () => {
      pki
        .refresh()
        .then(() => this.#cutRevoked())
        .catch((error: unknown) => log.warn({ error }, 'the revocations could not be read'))
        .finally(() => this.#watchRevocations());
    });
  }

  #cutRevoked(): void {
    for (const [gate, { caller }] of [...this.#connections]) {
      if (this.#options.pki.isRevoked(caller.serial)) {
        gate.cut({ reason: 'AUTH_ERROR', because: 'the certificate is revoked' });
      }
    }
  }
}

function gateOf(client: Client): Gate {
  if (!(client.conn instanceof Gate)) throw new TypeError('a client came in past the gate');
  return client.conn;
}

function clampKeepAlive(asked: number, { keepAliveSeconds: range }: Profile): number {
  if (range === null) return asked;
  if (asked === 0 || asked > range.max) return range.max;
  return Math.max(asked, range.min);
}

const isPowerOfTwo = (count: number): boolean => Math.log2(count) % 1 === 0;

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
