/**
 * What waits to be sent to one client: messages within the window, the rate and the throughput of
 * the profile; acknowledgements overtake messages, which MQTT allows and the windows of both
 * directions need.
 */
import assert from 'node:assert/strict';
import type { Writable } from 'node:stream';
import type { DurationMs } from '../../../device/wire/time.ts';
import type { Clock, Timer } from '../../ports.ts';
import type { Conduct } from './conduct.ts';
import { packetType, readHead } from './packet-scanner.ts';

export type OutQueueOptions = {
  readonly socket: Writable;
  readonly conduct: Conduct;
  readonly clock: Clock;
  readonly bytesMax: number;
  readonly onRow: (row: string) => void;
  readonly onOpened: () => void;
  /** A PUBACK went out. */
  readonly onAcknowledged: () => void;
  readonly onOverflow: (because: string) => void;
};

type Waiting = { readonly bytes: Buffer; readonly messageId: number | null };

/** What the broker itself writes is trusted; the numbers only bound a mistake. */
const limits = { topicBytesMax: 65_535, controlPacketBytesMax: 2 ** 20 };

export class OutQueue {
  readonly #options: OutQueueOptions;
  #urgent: Buffer[] = [];
  #messages: Waiting[] = [];
  #bytes = 0;
  #timer: Timer | null = null;
  #stopped = false;

  constructor(options: OutQueueOptions) {
    this.#options = options;
  }

  /** Takes what the broker wrote: whole packets, because mqtt-packet corks the stream for each. */
  push(bytes: Buffer): void {
    if (this.#stopped) return;
    const at = this.#options.clock.monotonic();
    let connected = false;
    let acknowledged = false;
    for (let start = 0; start < bytes.length; ) {
      const head = readHead(bytes, start, limits);
      assert(typeof head === 'object' && head.kind !== 'malformed', 'the broker wrote a part');
      const packet = bytes.subarray(start, start + head.packetBytes);
      start += head.packetBytes;
      if (head.kind === 'publish') {
        this.#pushMessage(packet, head.messageId, at);
        continue;
      }
      connected ||= head.type === packetType.connack && packet[3] === 0;
      if (head.type === packetType.puback) {
        acknowledged = true;
        this.#options.conduct.noteAcknowledged();
      }
      this.#urgent.push(packet);
      this.#bytes += packet.length;
    }
    if (connected) this.#options.conduct.noteConnack();
    this.flush();
    if (connected) this.#options.onOpened();
    if (acknowledged) this.#options.onAcknowledged();
  }

  /** Sends what may be sent now; called again when the window opens. */
  flush(): void {
    if (this.#stopped || this.#timer !== null) return;
    const { conduct, clock, socket, onRow } = this.#options;
    const batch: Buffer[] = [];
    for (let packet = this.#next(); packet !== null; packet = this.#next()) {
      batch.push(packet);
      this.#bytes -= packet.length;
      const wait = conduct.sent(packet.length, clock.monotonic());
      if (wait > 0) {
        onRow('bytes-out-per-second');
        this.#timer = clock.setTimer('broker-write', wait, () => {
          this.#timer = null;
          this.flush();
        });
        break;
      }
    }
    const [only] = batch;
    if (only !== undefined) socket.write(batch.length === 1 ? only : Buffer.concat(batch));
    this.#checkBound();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#urgent = [];
    this.#messages = [];
    this.#bytes = 0;
  }

  #pushMessage(bytes: Buffer, messageId: number | null, at: DurationMs): void {
    const verdict = this.#options.conduct.judgeOutboundPublish(at);
    if (verdict.do === 'drop') {
      this.#options.onRow(verdict.row);
      return;
    }
    this.#messages.push({ bytes, messageId });
    this.#bytes += bytes.length;
  }

  #next(): Buffer | null {
    const urgent = this.#urgent.shift();
    if (urgent !== undefined) return urgent;
    const first = this.#messages[0];
    if (first === undefined) return null;
    if (first.messageId !== null) {
      if (!this.#options.conduct.windowOut) return null;
      this.#options.conduct.noteSent(first.messageId);
    }
    this.#messages.shift();
    return first.bytes;
  }

  #checkBound(): void {
    const waiting = this.#bytes + this.#options.socket.writableLength;
    if (waiting > this.#options.bytesMax) {
      this.#options.onOverflow(`${waiting} bytes wait for a client that does not take them`);
    }
  }
}
