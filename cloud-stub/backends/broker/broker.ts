/**
 * The embedded broker: aedes behind TLS with client certificates, each connection behind a gate
 * that enforces the profile. Who a client is comes from its certificate alone: common name, client
 * id and topic space are one name.
 */
import type { Aedes, ConnectPacket } from 'aedes';
import type { ThingName } from '../../../device/wire/ids.ts';
import { type DurationMs, milliseconds } from '../../../device/wire/time.ts';
import type { Clock, Entropy, Presence, Timer } from '../../ports.ts';
import type { Pki } from '../pki/pki.ts';
import { Attendance } from './attendance.ts';
import type { Profile } from './aws-profile.ts';
import type { BrokerLimits } from './broker-limits.ts';
import { agreeKeepAlive, judgeConnect, type Refusal } from './connect-rules.ts';
import { ConnectionGuard } from './connection-guard.ts';
import type { Ending } from './disconnect-reason.ts';
import { type Door, openAedes } from './embedded-aedes.ts';
import { Gate } from './gate.ts';
import type { LifecycleEvent } from './lifecycle.ts';
import { watchRevocations } from './revocation-watch.ts';
import { SessionStore } from './session-store.ts';
import { type Caller, listenTls, type TlsListener } from './tls-listener.ts';

export type BrokerOptions = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly pki: Pki;
  /**
   * Names and addresses of this machine for the server's certificate, beyond localhost and the
   * host's name.
   */
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
  online(): readonly ThingName[];
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
  const { profile, limits, clock } = options;
  const sessions = new SessionStore(profile, clock);
  const broker = new EmbeddedBroker(options, listener, sessions);
  const { persistence } = sessions;
  await broker.open(await openAedes({ profile, limits, persistence, door: broker }));
  return broker;
}

class EmbeddedBroker implements Broker, Door {
  readonly #options: BrokerOptions;
  readonly #listener: BrokerListener;
  readonly #sessions: SessionStore;
  readonly #guard: ConnectionGuard;
  readonly #attendance: Attendance;
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
    const { clock, entropy, log } = options;
    this.#attendance = new Attendance({
      clock,
      entropy,
      log,
      sessions,
      onPresence: (presence) => listener.onPresence(presence),
      onLifecycle: (event) => this.#tell(event),
    });
  }

  get port(): number {
    return this.#tls?.port ?? 0;
  }

  get tally(): ReadonlyMap<string, number> {
    return this.#attendance.tally;
  }

  async open(aedes: Aedes): Promise<void> {
    const { pki, host, port, serverNames, clock, limits, log } = this.#options;
    const attendance = this.#attendance;
    this.#aedes = aedes;
    try {
      this.#tls = await listenTls({
        host,
        port,
        identity: await pki.serverCertificate(serverNames),
        guard: this.#guard,
        onCaller: (caller) => this.#receive(caller),
        onRefused: (address, because) => attendance.noteRefusedConnection(address, because),
      });
    } catch (cause) {
      await this.close();
      throw cause;
    }
    const every = { clock, interval: limits.revocationCheckMs, log };
    this.#revocations = watchRevocations(pki, every, () =>
      attendance.cut((_, { serial }) => pki.isRevoked(serial), revoked),
    );
  }

  isConnected(thing: ThingName): boolean {
    return this.#attendance.isOnline(thing);
  }

  online(): readonly ThingName[] {
    return this.#attendance.online();
  }

  publish({ topic, payload, qos, retain }: OutgoingMessage): Promise<void> {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const packet = { cmd: 'publish', topic, payload: bytes, qos, retain, dup: false } as const;
    return new Promise((resolve, reject) => {
      this.#aedes?.publish(packet, (error) => (error ? reject(error) : resolve()));
    });
  }

  pause(thing: ThingName): void {
    this.#attendance.pause(thing);
  }

  resume(thing: ThingName): void {
    this.#attendance.resume(thing);
  }

  disconnect(thing: ThingName, ending: Ending): void {
    this.#attendance.cut((gate) => gate.thing === thing, ending);
  }

  async close(): Promise<void> {
    this.#revocations?.cancel();
    this.#guard.close();
    this.#sessions.close();
    this.#attendance.cut(() => true, shutdown);
    await this.#tls?.close();
    await new Promise<void>((resolve) => this.#aedes?.close(resolve));
  }

  examine(gate: Gate, packet: ConnectPacket): void {
    const connection = this.#attendance.find(gate);
    if (connection === null) return;
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
    const { pki } = this.#options;
    // Another process may just have revoked it.
    await pki.refresh();
    const connection = this.#attendance.find(gate);
    if (connection === null) return { returnCode: 5, because: 'the connection is gone' };
    const refusal: Refusal | null = pki.isRevoked(connection.caller.serial)
      ? { returnCode: 5, because: revoked.because }
      : connection.refusal;
    if (refusal !== null) {
      this.#attendance.noteRefusedConnect(gate, connection, refusal);
      return refusal;
    }
    this.#attendance.dropEarlier(gate);
    const filters = await this.#sessions.resume(gate.thing);
    if (connection.remembered) gate.conduct.restore(filters);
    return null;
  }

  onMessage(thing: ThingName, topic: string, payload: Uint8Array): void {
    this.#listener.onMessage(thing, topic, payload);
  }

  onFault(error: Error): void {
    this.#options.log.warn({ error }, 'the broker failed at something');
  }

  /** A client showed a certificate of ours. */
  #receive(caller: Caller): void {
    const { profile, limits, clock } = this.#options;
    const { socket, thing } = caller;
    const gate = new Gate({ socket, thing, profile, limits, clock, events: this.#attendance });
    this.#attendance.arrive(gate, caller);
    this.#aedes?.handle(gate);
  }

  #tell(event: LifecycleEvent): void {
    this.#listener.onLifecycle(event);
    const payload = Buffer.from(JSON.stringify(event.payload));
    this.publish({ topic: event.topic, payload, qos: 0, retain: false }).catch((error: unknown) => {
      this.#options.log.warn({ error, topic: event.topic }, 'a lifecycle event was not published');
    });
  }
}

const revoked: Ending = { reason: 'AUTH_ERROR', because: 'the certificate is revoked' };
const shutdown: Ending = {
  reason: 'SERVER_INITIATED_DISCONNECT',
  because: 'the broker shuts down',
};
