/**
 * Who stands before the gates and who is in: connections, presence, lifecycle events, and which
 * rows were enforced on whom.
 */
import type { ThingName } from '../../../device/wire/ids.ts';
import type { Clock, Entropy, Presence } from '../../ports.ts';
import type { BrokerLog } from './broker.ts';
import type { SubscriptionChange } from './conduct.ts';
import type { Refusal } from './connect-rules.ts';
import type { Ending } from './disconnect-reason.ts';
import type { Gate, GateEvents } from './gate.ts';
import { Lifecycle, type LifecycleEvent, type Principal } from './lifecycle.ts';
import type { SessionStore } from './session-store.ts';
import { Tally } from './tally.ts';
import type { Caller } from './tls-listener.ts';

export type Connection = {
  readonly caller: Caller;
  readonly principal: Principal;
  refusal: Refusal | null;
  /** Whether the client asked for a session that outlives the connection. */
  remembered: boolean;
  /** Rows enforced on it and logged. */
  readonly rows: Set<string>;
};

export type AttendanceOptions = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: BrokerLog;
  readonly sessions: SessionStore;
  readonly onPresence: (presence: Presence) => void;
  readonly onLifecycle: (event: LifecycleEvent) => void;
};

export class Attendance implements GateEvents {
  readonly #options: AttendanceOptions;
  readonly #lifecycle = new Lifecycle();
  readonly #tally = new Tally();
  readonly #connections = new Map<Gate, Connection>();
  readonly #online = new Map<ThingName, Gate>();
  /** Paused by the services; a doorbell that connects again is still paused. */
  readonly #paused = new Set<ThingName>();

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  get tally(): ReadonlyMap<string, number> {
    return this.#tally.counts;
  }

  isOnline(thing: ThingName): boolean {
    return this.#online.has(thing);
  }

  online(): readonly ThingName[] {
    return [...this.#online.keys()];
  }

  /** A client showed a certificate of ours and stands before its gate. */
  arrive(gate: Gate, caller: Caller): void {
    const principal = {
      clientId: caller.thing,
      sessionIdentifier: uuid(this.#options.entropy.bytes(16)),
      principalIdentifier: caller.fingerprint,
      ipAddress: gate.remoteAddress,
    };
    const connection = {
      caller,
      principal,
      refusal: null,
      remembered: false,
      rows: new Set<string>(),
    };
    this.#connections.set(gate, connection);
  }

  find(gate: Gate): Connection | null {
    return this.#connections.get(gate) ?? null;
  }

  /** A client that connects again takes the place of its earlier connection. MQTT-3.1.4-2 */
  dropEarlier(gate: Gate): void {
    const before = this.#online.get(gate.thing);
    if (before === undefined || before === gate) return;
    before.cut({ reason: 'DUPLICATE_CLIENTID', because: 'the same client connected again' });
  }

  /** Ends every connection that `isMeant`. */
  cut(isMeant: (gate: Gate, caller: Caller) => boolean, ending: Ending): void {
    for (const [gate, { caller }] of [...this.#connections]) {
      if (isMeant(gate, caller)) gate.cut(ending);
    }
  }

  pause(thing: ThingName): void {
    this.#paused.add(thing);
    this.#online.get(thing)?.pauseReading();
  }

  resume(thing: ThingName): void {
    this.#paused.delete(thing);
    this.#online.get(thing)?.resumeReading();
  }

  noteRefusedConnect(gate: Gate, connection: Connection, refusal: Refusal): void {
    const { clock, log, onLifecycle } = this.#options;
    if (refusal.row !== undefined) this.#tally.add(refusal.row);
    this.#tally.add('connect-refused');
    log.warn({ thing: gate.thing, ...refusal }, 'a client was refused');
    connection.refusal = refusal;
    onLifecycle(this.#lifecycle.connectFailed(connection.principal, clock.now()));
  }

  noteRefusedConnection(address: string, because: string): void {
    if (!this.#tally.add('refused')) return;
    const count = this.tally.get('refused');
    this.#options.log.warn({ address, because, count }, 'a connection was refused');
  }

  onOpened(gate: Gate): void {
    const connection = this.#connections.get(gate);
    if (connection === undefined) return;
    connection.caller.admission.settle();
    // Of two that came at once, the second was let in before the first was online.
    this.dropEarlier(gate);
    this.#online.set(gate.thing, gate);
    if (this.#paused.has(gate.thing)) gate.pauseReading();
    const { clock, onLifecycle, onPresence } = this.#options;
    onLifecycle(this.#lifecycle.connected(connection.principal, clock.now(), clock.monotonic()));
    onPresence({ thing: gate.thing, connected: true });
  }

  onClosed(gate: Gate, ending: Ending): void {
    const connection = this.#connections.get(gate);
    if (connection === undefined) return;
    this.#connections.delete(gate);
    const { clock, log, sessions, onLifecycle, onPresence } = this.#options;
    const { principal, remembered, refusal } = connection;
    // That it was refused is logged, and it does end.
    if (refusal === null) log.info({ thing: gate.thing, ...ending }, 'a connection ended');
    if (this.#online.get(gate.thing) !== gate) return;
    this.#online.delete(gate.thing);
    if (remembered) sessions.keep(gate.thing);
    onLifecycle(this.#lifecycle.disconnected(principal, ending, clock.now(), clock.monotonic()));
    onPresence({ thing: gate.thing, connected: false });
  }

  onSubscriptions(gate: Gate, change: SubscriptionChange): void {
    const principal = this.#connections.get(gate)?.principal;
    const { clock, onLifecycle } = this.#options;
    if (principal === undefined) return;
    onLifecycle(this.#lifecycle.subscriptions(principal, change, clock.now()));
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
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
