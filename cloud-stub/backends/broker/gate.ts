/**
 * The stream between a client's socket and aedes, where the profile is enforced and one client's
 * trouble stays its own: reading can be paused, and whatever aedes writes is taken at once, into a
 * queue with a bound, because aedes shares its delivery slots among all clients and a slow one
 * would hold them (aedes README, `concurrency` and `drainTimeout`).
 */

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { DurationMs } from '../../../device/wire/time.ts';
import type { Clock, Timer } from '../../ports.ts';
import type { Profile } from './aws-profile.ts';
import type { BrokerLimits } from './broker-limits.ts';
import { Conduct, type SubscriptionChange, type Verdict } from './conduct.ts';
import type { DisconnectReason, Ending } from './disconnect-reason.ts';
import { OutQueue } from './out-queue.ts';
import { type PacketHead, PacketScanner, packetType, type ScanVerdict } from './packet-scanner.ts';
import { SilenceWatch } from './silence-watch.ts';

export type GateOptions = {
  readonly socket: Socket;
  readonly thing: ThingName;
  readonly profile: Profile;
  readonly limits: BrokerLimits;
  readonly clock: Clock;
  readonly events: GateEvents;
};
export type GateEvents = {
  /** CONNACK said yes. */
  onOpened(gate: Gate): void;
  /** Once for each gate, opened or not. */
  onClosed(gate: Gate, ending: Ending): void;
  onSubscriptions(gate: Gate, change: SubscriptionChange): void;
  /** A row of the profile was enforced. */
  onRow(gate: Gate, row: string): void;
};

export class Gate extends Duplex {
  readonly thing: ThingName;
  readonly conduct: Conduct;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: BrokerLimits;
  readonly #events: GateEvents;
  readonly #scanner: PacketScanner;
  readonly #out: OutQueue;
  readonly #silence: SilenceWatch;
  #ending: Ending | null = null;
  #saidGoodbye = false;
  /** Read but not yet let through: the window is full. */
  #held: Buffer | null = null;
  #wanted = true;
  #paused = false;
  #readTimer: Timer | null = null;

  constructor({ socket, thing, profile, limits, clock, events }: GateOptions) {
    // The writable side takes everything at once; `#out` is the bound.
    super({ readableHighWaterMark: 64 * 1024, writableHighWaterMark: 2 ** 30 });
    this.thing = thing;
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#events = events;
    this.#scanner = new PacketScanner({
      topicBytesMax: profile.topicBytesMax,
      controlPacketBytesMax: limits.controlPacketBytesMax,
    });
    this.conduct = new Conduct(thing, profile, clock.monotonic(), (change) =>
      events.onSubscriptions(this, change),
    );
    this.#out = new OutQueue({
      socket,
      conduct: this.conduct,
      clock,
      bytesMax: limits.outQueueBytesMax,
      onRow: (row) => events.onRow(this, row),
      onOpened: () => events.onOpened(this),
      onAcknowledged: () => this.#readHeld(),
      onOverflow: (because) => this.cut({ reason: 'SERVER_INITIATED_DISCONNECT', because }),
    });
    this.#silence = new SilenceWatch({
      clock,
      isExcused: () => socket.isPaused(),
      onSilent: (because) => this.cut({ reason: 'MQTT_KEEP_ALIVE_TIMEOUT', because }),
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#steer());
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.#lose(error.message));
    socket.on('close', () => this.#lose('the socket closed'));
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  /** The keep-alive interval in force, in seconds; 0 is for ever. */
  keepAlive(interval: number): void {
    this.#silence.agree(interval);
  }

  /**
   * Stops reading from the socket. What was read before may still come: at most two read buffers.
   */
  pauseReading(): void {
    this.#paused = true;
    this.#steer();
  }

  resumeReading(): void {
    this.#paused = false;
    this.#steer();
  }

  /** Ends the connection for this reason; the client first gets `reply`, if it reads. */
  cut(ending: Ending, reply?: Buffer): void {
    if (this.#ending !== null) return;
    this.#close(ending);
    if (reply !== undefined) this.#socket.write(reply);
    this.destroy();
  }

  override _read(): void {
    this.#wanted = true;
    this.#steer();
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#out.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    done();
  }

  override _writev(
    chunks: { chunk: Buffer | string; encoding: BufferEncoding }[],
    done: () => void,
  ): void {
    const parts = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
    );
    this.#out.push(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#close({ reason: this.#reasonFor(error), because: error?.message ?? 'closed' });
    // A client that was refused may read why; one that does not read must not linger.
    this.#socket.destroySoon();
    const linger = this.#clock.setTimer('broker-linger', this.#limits.lingerMs, () =>
      this.#socket.destroy(),
    );
    this.#socket.once('close', () => linger.cancel());
    if (this.#socket.closed) linger.cancel();
    done(null);
  }

  #receive(chunk: Buffer): void {
    if (this.#ending !== null) return;
    const at = this.#clock.monotonic();
    this.#silence.heard();
    this.#scan(chunk, at);
    const wait = this.conduct.received(chunk.length, at);
    if (wait > 0 && this.#readTimer === null && this.#ending === null) {
      this.#events.onRow(this, 'bytes-in-per-second');
      this.#readTimer = this.#clock.setTimer('broker-read', wait, () => {
        this.#readTimer = null;
        this.#steer();
      });
    }
    this.#steer();
  }

  #scan(chunk: Buffer, at: DurationMs): void {
    this.#held = this.#scanner.scan(
      chunk,
      (head) => this.#judge(head, at),
      (bytes) => {
        this.#wanted = this.push(bytes);
      },
    );
  }

  #judge(head: PacketHead, at: DurationMs): ScanVerdict {
    const verdict: Verdict = this.conduct.judgeInbound(head, at);
    if (verdict.do === 'pass') {
      if (head.kind === 'control' && head.type === packetType.disconnect) this.#saidGoodbye = true;
      if (head.kind === 'control' && head.type === packetType.puback) this.#out.flush();
      return 'pass';
    }
    this.#events.onRow(this, verdict.row);
    if (verdict.do !== 'close') return verdict.do;
    this.cut(verdict.ending, verdict.reply);
    return 'stop';
  }

  #readHeld(): void {
    const held = this.#held;
    if (held === null || this.#ending !== null) return;
    this.#held = null;
    this.#scan(held, this.#clock.monotonic());
    this.#steer();
  }

  /** Reads from the socket or does not, by all that has a say in it. */
  #steer(): void {
    const reading =
      this.#wanted &&
      !this.#paused &&
      this.#held === null &&
      this.#readTimer === null &&
      !this.#socket.writableNeedDrain;
    if (reading) {
      if (this.#socket.isPaused()) this.#silence.heard();
      this.#socket.resume();
    } else {
      this.#socket.pause();
    }
  }

  #lose(because: string): void {
    if (this.#ending !== null) return;
    const reason = this.#saidGoodbye ? 'CLIENT_INITIATED_DISCONNECT' : 'CONNECTION_LOST';
    this.#close({ reason, because });
    this.destroy();
  }

  #reasonFor(error: Error | null): DisconnectReason {
    if (this.#saidGoodbye) return 'CLIENT_INITIATED_DISCONNECT';
    return error === null ? 'CONNECTION_LOST' : 'CLIENT_ERROR';
  }

  #close(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    this.#readTimer?.cancel();
    this.#silence.stop();
    this.#out.stop();
    this.#events.onClosed(this, ending);
  }
}
