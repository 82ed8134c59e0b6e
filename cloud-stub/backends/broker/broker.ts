/**
 * The embedded broker: aedes behind TLS with client certificates, each connection behind a gate that enforces the
 * profile. Who a client is comes from its certificate alone: common name, client id and topic space are one name.
 */
import type { Aedes, ConnectPacket } from 'aedes';
import type { ThingName } from '../../../device/wire/ids.ts';
import { type DurationMs, milliseconds } from '../../../device/wire/time.ts';
import type { Clock, Entropy, Presence, Timer } from '../../ports.ts';
import type { Pki } from '../pki/pki.ts';
import type { Profile } from './aws-profile.ts';
import type { BrokerLimits } from './broker-limits.ts';
import type { SubscriptionChange } from './conduct.ts';
import { agreeKeepAlive, judgeConnect, type Refusal } from './connect-rules.ts';
import { ConnectionGuard } from './connection-guard.ts';
import type { Ending } from './disconnect-reason.ts';
import { type Door, openAedes } from './embedded-aedes.ts';
import { Gate, type GateEvents } from './gate.ts';
import { Lifecycle, type LifecycleEvent, type Principal } from './lifecycle.ts';
import { watchRevocations } from './revocation-watch.ts';
import { SessionStore } from './session-store.ts';
import { Tally } from './tally.ts';
import { type Caller, listenTls, type TlsListener } from './tls-listener.ts';

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
  const sessions = new SessionStore(options.profile, options.clock);
  const broker = new EmbeddedBroker(options, listener, sessions);
  const { profile, limits } = options;
  const { persistence } = sessions;
  await broker.open(await openAedes({ profile, limits, persistence, door: broker }));
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

class EmbeddedBroker implements Broker, GateEvents, Door {
  readonly #options: BrokerOptions;
  readonly #listener: BrokerListener;
  readonly #sessions: SessionStore;
  readonly #guard: ConnectionGuard;
  readonly #lifecycle = new Lifecycle();
  readonly #tally = new Tally();
  readonly #connections = new Map<Gate, Connection>();
  readonly #online = new Map<ThingName, Gate>();
  /** Paused by the services; a doorbell that connects again is still paused. */
  readonly #paused = new Set<ThingName>();
  /** When a client's last CONNECT was well. */
  readonly #connectedAt = new Map<ThingName, DurationMs>();
  #aedes: Aedes | null = null;
  #tls: TlsListener | null = null;
  #revocations: Timer | null = null;

  constructor(options: BrokerOptions, listener: BrokerListener, sessions: SessionStore) {
    this.#options = options;
    this.#listener = listener;
    this.#sessions = sessions;
    this.#guard = new ConnectionGuard(options.limits, options.clock);
  }

  get port(): number {
    return this.#tls?.port ?? 0;
  }

  get tally(): ReadonlyMap<string, number> {
    return this.#tally.counts;
  }

  async open(aedes: Aedes): Promise<void> {
    const { pki, host, port, serverNames, clock, limits, log } = this.#options;
    this.#aedes = aedes;
    try {
      const identity = await pki.serverCertificate(serverNames);
      const guard = this.#guard;
      const onCaller = (caller: Caller) => this.#receive(caller);
      const onRefused = (address: string, because: string) => this.#refuse(address, because);
      this.#tls = await listenTls({ host, port, identity, guard, onCaller, onRefused });
    } catch (cause) {
      await this.close();
      throw cause;
    }
    const every = { clock, interval: limits.revocationCheckMs, log };
    this.#revocations = watchRevocations(pki, every, () => this.#cutRevoked());
  }

  isConnected(thing: ThingName): boolean {
    return this.#online.has(thing);
  }

  publish({ topic, payload, qos, retain }: OutgoingMessage): Promise<void> {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const packet = { cmd: 'publish', topic, payload: bytes, qos, retain, dup: false } as const;
    return new Promise((resolve, reject) => {
      this.#aedes?.publish(packet, (error) => (error ? reject(error) : resolve()));
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
    for (const gate of [...this.#connections.keys()]) if (gate.thing === thing) gate.cut(ending);
  }

  async close(): Promise<void> {
    this.#revocations?.cancel();
    this.#guard.close();
    this.#sessions.close();
    for (const gate of [...this.#connections.keys()]) {
      gate.cut({ reason: 'SERVER_INITIATED_DISCONNECT', because: 'the broker shuts down' });
    }
    await this.#tls?.close();
    await new Promise<void>((resolve) => this.#aedes?.close(resolve));
  }

  /** A client showed a certificate of ours: it stands before the gate. */
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
    const connection = {
      caller,
      principal,
      refusal: null,
      remembered: false,
      rows: new Set<string>(),
    };
    this.#connections.set(gate, connection);
    this.#aedes?.handle(gate);
  }

  examine(gate: Gate, packet: ConnectPacket): void {
    const connection = this.#connections.get(gate);
    if (connection === undefined) return;
    const { profile, clock } = this.#options;
    const at = clock.monotonic();
    const last = this.#connectedAt.get(gate.thing);
    const sinceLast = last === undefined ? null : milliseconds(at - last);
    connection.refusal = judgeConnect(gate.thing, packet, sinceLast, profile);
    connection.remembered = packet.clean === false;
    if (connection.refusal === null) this.#connectedAt.set(gate.thing, at);
    gate.keepAlive(agreeKeepAlive(packet.keepalive ?? 0, profile));
    // The gate watches it, on the broker's own clock.
    packet.keepalive = 0;
  }

  async letIn(gate: Gate): Promise<Refusal | null> {
    const { pki, clock, log } = this.#options;
    // Another process may just have revoked it.
    await pki.refresh();
    const connection = this.#connections.get(gate);
    if (connection === undefined) return { returnCode: 5, because: 'the connection is gone' };
    const { caller, principal } = connection;
    const refusal: Refusal | null = pki.isRevoked(caller.serial)
      ? { returnCode: 5, because: 'the certificate is revoked' }
      : connection.refusal;
    if (refusal === null) {
      this.#dropEarlier(gate);
      const filters = await this.#sessions.resume(gate.thing);
      if (connection.remembered) gate.conduct.restore(filters);
      return null;
    }
    if (refusal.row !== undefined) this.#tally.add(refusal.row);
    this.#tally.add('connect-refused');
    log.warn({ thing: gate.thing, ...refusal }, 'a client was refused');
    this.#tell(this.#lifecycle.connectFailed(principal, clock.now()));
    return refusal;
  }

  onMessage(thing: ThingName, topic: string, payload: Uint8Array): void {
    this.#listener.onMessage(thing, topic, payload);
  }

  onFault(error: Error): void {
    this.#options.log.warn({ error }, 'the broker failed at something');
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
    if (this.#online.get(gate.thing) !== gate) return;
    this.#online.delete(gate.thing);
    if (connection.remembered) this.#sessions.keep(gate.thing);
    this.#tell(this.#lifecycle.disconnected(principal, ending, clock.now(), clock.monotonic()));
    this.#listener.onPresence({ thing: gate.thing, connected: false });
  }

  onSubscriptions(gate: Gate, change: SubscriptionChange): void {
    const principal = this.#connections.get(gate)?.principal;
    if (principal === undefined) return;
    this.#tell(this.#lifecycle.subscriptions(principal, change, this.#options.clock.now()));
  }

  onRow(gate: Gate, row: string): void {
    this.#tally.add(row);
    const rows = this.#connections.get(gate)?.rows;
    if (rows === undefined || rows.has(row)) return;
    rows.add(row);
    this.#options.log.warn(
      { thing: gate.thing, row },
      'a limit of the broker profile was enforced',
    );
  }

  #refuse(address: string, because: string): void {
    if (!this.#tally.add('refused')) return;
    const count = this.tally.get('refused');
    this.#options.log.warn({ address, because, count }, 'a connection was refused');
  }

  /** A client that connects again takes the place of its earlier connection. MQTT-3.1.4-2 */
  #dropEarlier(gate: Gate): void {
    const before = this.#online.get(gate.thing);
    if (before === undefined || before === gate) return;
    before.cut({ reason: 'DUPLICATE_CLIENTID', because: 'the same client connected again' });
  }

  #cutRevoked(): void {
    for (const [gate, { caller }] of [...this.#connections]) {
      if (!this.#options.pki.isRevoked(caller.serial)) continue;
      gate.cut({ reason: 'AUTH_ERROR', because: 'the certificate is revoked' });
    }
  }

  #tell(event: LifecycleEvent): void {
    this.#listener.onLifecycle(event);
    const payload = Buffer.from(JSON.stringify(event.payload));
    this.publish({ topic: event.topic, payload, qos: 0, retain: false }).catch((error: unknown) => {
      this.#options.log.warn({ error, topic: event.topic }, 'a lifecycle event was not published');
    });
  }
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
