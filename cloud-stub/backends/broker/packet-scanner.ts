/**
 * Finds the packets in a stream of MQTT 3.1.1 bytes without copying their payloads: of a PUBLISH
 * only the head is read, every other packet is small and read whole.
 */

/** Packet types, MQTT 3.1.1 section 2.2.1. */
export const packetType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

export type PacketHead = PublishHead | ControlHead | MalformedHead;
export type PublishHead = {
  readonly kind: 'publish';
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly topic: string;
  /** Null at QoS 0. */
  readonly messageId: number | null;
  readonly payloadBytes: number;
  readonly packetBytes: number;
};
export type ControlHead = {
  readonly kind: 'control';
  readonly type: number;
  /** The whole packet; for acknowledgements, `messageId` is what they acknowledge. */
  readonly packet: Buffer;
  readonly messageId: number | null;
  readonly packetBytes: number;
};
export type MalformedHead = { readonly kind: 'malformed'; readonly because: string };

/** `hold` keeps the packet and what follows; `stop` throws them away. */
export type ScanVerdict = 'pass' | 'drop' | 'hold' | 'stop';

export type ScannerLimits = {
  readonly topicBytesMax: number;
  readonly controlPacketBytesMax: number;
};

export class PacketScanner {
  readonly #limits: ScannerLimits;
  /** Bytes still to come of a packet already judged. */
  #left = 0;
  #dropping = false;
  /**
   * A head that is not whole yet, in the pieces it came in, and how many bytes it takes to read on.
   */
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #need = 0;

  constructor(limits: ScannerLimits) {
    this.#limits = limits;
  }

  /**
   * Judges each packet in `chunk` at its head and gives what passes to `pass`, in runs as long as
   * can be. Returns what is held, to be scanned again later before anything else, or null.
   */
  scan(
    chunk: Buffer,
    judge: (head: PacketHead) => ScanVerdict,
    pass: (bytes: Buffer) => void,
  ): Buffer | null {
    const bytes = this.#withPieces(chunk);
    if (bytes === null) return null;
    let at = 0;
    let passFrom = 0;
    const flush = (to: number) => {
      if (to > passFrom) pass(bytes.subarray(passFrom, to));
    };
    while (at < bytes.length) {
      if (this.#left === 0) {
        const head = readHead(bytes, at, this.#limits);
        if (typeof head === 'number') {
          flush(at);
          this.#pieces = [bytes.subarray(at)];
          this.#piecesBytes = bytes.length - at;
          this.#need = head;
          return null;
        }
        const verdict = judge(head);
        if (verdict === 'stop' || head.kind === 'malformed') return null;
        if (verdict === 'hold') {
          flush(at);
          return bytes.subarray(at);
        }
        this.#left = head.packetBytes;
        this.#dropping = verdict === 'drop';
        if (this.#dropping) flush(at);
      }
      const step = Math.min(this.#left, bytes.length - at);
      this.#left -= step;
      at += step;
      if (this.#dropping) passFrom = at;
    }
    flush(at);
    return null;
  }

  /** The bytes to read from, or null when they are still too few. */
  #withPieces(chunk: Buffer): Buffer | null {
    if (this.#pieces.length === 0) return chunk;
    this.#pieces.push(chunk);
    this.#piecesBytes += chunk.length;
    if (this.#piecesBytes < this.#need) return null;
    const bytes = Buffer.concat(this.#pieces, this.#piecesBytes);
    this.#pieces = [];
    this.#piecesBytes = 0;
    return bytes;
  }
}

/** The head of the packet at `start`, or how many bytes from `start` it takes to tell. */
export function readHead(bytes: Buffer, start: number, limits: ScannerLimits): PacketHead | number {
  const first = bytes[start] ?? 0;
  let bodyBytes = 0;
  let at = start + 1;
  // Remaining length: seven bits a byte, four bytes at most. MQTT 3.1.1 section 2.2.3.
  for (let shift = 0; ; shift += 7) {
    if (shift > 21) return { kind: 'malformed', because: 'remaining length of five bytes' };
    const byte = bytes[at];
    if (byte === undefined) return at + 1 - start;
    at += 1;
    bodyBytes += (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  const body = { start: at, bytes: bodyBytes };
  return first >> 4 === packetType.publish
    ? readPublish(bytes, start, first, body, limits)
    : readControl(bytes, start, first, body, limits);
}

type Body = { readonly start: number; readonly bytes: number };

function readPublish(
  bytes: Buffer,
  start: number,
  first: number,
  body: Body,
  limits: ScannerLimits,
): PublishHead | MalformedHead | number {
  const qos = (first >> 1) & 3;
  if (qos === 3) return { kind: 'malformed', because: 'PUBLISH with QoS 3' };
  if (bytes.length < body.start + 2) return body.start + 2 - start;
  const topicBytes = bytes.readUInt16BE(body.start);
  const headBytes = 2 + topicBytes + (qos > 0 ? 2 : 0);
  if (headBytes > body.bytes)
    return { kind: 'malformed', because: 'PUBLISH shorter than its head' };
  if (topicBytes > limits.topicBytesMax) {
    return { kind: 'malformed', because: `topic of ${topicBytes} bytes` };
  }
  const end = body.start + headBytes;
  if (bytes.length < end) return end - start;
  return {
    kind: 'publish',
    qos: qos as 0 | 1 | 2,
    retain: (first & 1) === 1,
    topic: bytes.toString('utf8', body.start + 2, body.start + 2 + topicBytes),
    messageId: qos > 0 ? bytes.readUInt16BE(end - 2) : null,
    payloadBytes: body.bytes - headBytes,
    packetBytes: body.start - start + body.bytes,
  };
}

function readControl(
  bytes: Buffer,
  start: number,
  first: number,
  body: Body,
  limits: ScannerLimits,
): ControlHead | MalformedHead | number {
  const type = first >> 4;
  if (type === 0 || type === 15) return { kind: 'malformed', because: `packet type ${type}` };
  const packetBytes = body.start - start + body.bytes;
  if (packetBytes > limits.controlPacketBytesMax) {
    return { kind: 'malformed', because: `packet of type ${type} of ${packetBytes} bytes` };
  }
  if (bytes.length < start + packetBytes) return packetBytes;
  const acknowledges = type >= packetType.puback && type <= packetType.unsuback;
  return {
    kind: 'control',
    type,
    packet: bytes.subarray(start, start + packetBytes),
    messageId: acknowledges && body.bytes >= 2 ? bytes.readUInt16BE(body.start) : null,
    packetBytes,
  };
}
