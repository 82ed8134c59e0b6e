/**
 * What one client may do, decided packet by packet. Knows the profile and what the client did so
 * far; touches no socket, and time is an argument.
 */
import { parser as makeParser, type Packet } from 'mqtt-packet';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { DurationMs } from '../../../device/wire/time.ts';
import type { Profile } from './aws-profile.ts';
import type { Ending } from './disconnect-reason.ts';
import { type PacketHead, type PublishHead, packetType } from './packet-scanner.ts';
import { TokenBucket } from './token-bucket.ts';
import { countSlashes, mayPublish, maySubscribe } from './topic-access.ts';

/** `row` names the row of the profile that decided, for the tally. */
export type Verdict =
  | { readonly do: 'pass' }
  | { readonly do: 'drop'; readonly row: string }
  /** Not now: the window is full. */
  | { readonly do: 'hold'; readonly row: string }
  | {
      readonly do: 'close';
      readonly row: string;
      readonly ending: Ending;
      /** What the client is told first. */
      readonly reply?: Buffer;
    };

export type SubscriptionChange = {
  readonly kind: 'subscribed' | 'unsubscribed';
  readonly topics: readonly string[];
};

type Phase = 'awaiting-connect' | 'awaiting-connack' | 'open';

const pass: Verdict = { do: 'pass' };

export class Conduct {
  readonly #thing: ThingName;
  readonly #profile: Profile;
  readonly #onSubscriptions: (change: SubscriptionChange) => void;
  readonly #publishesIn: TokenBucket;
  readonly #publishesOut: TokenBucket;
  readonly #bytesIn: TokenBucket;
  readonly #bytesOut: TokenBucket;
  readonly #filters = new Set<string>();
  readonly #unacknowledgedOut = new Set<number>();
  #unacknowledgedIn = 0;
  #phase: Phase = 'awaiting-connect';

  constructor(
    thing: ThingName,
    profile: Profile,
    at: DurationMs,
    onSubscriptions: (change: SubscriptionChange) => void,
  ) {
    this.#thing = thing;
    this.#profile = profile;
    this.#onSubscriptions = onSubscriptions;
    const { publishesPerSecondMax: publishes, bytesPerSecondMax: bytes } = profile;
    this.#publishesIn = new TokenBucket(publishes, publishes, at);
    this.#publishesOut = new TokenBucket(publishes, publishes, at);
    this.#bytesIn = new TokenBucket(bytes, bytes, at);
    this.#bytesOut = new TokenBucket(bytes, bytes, at);
  }

  get connected(): boolean {
    return this.#phase === 'open';
  }

  /** Whether the next QoS 1 message may go out to the client. */
  get windowOut(): boolean {
    return this.#unacknowledgedOut.size < this.#profile.unacknowledgedMax;
  }

  /** The subscriptions of a session resumed. */
  restore(filters: readonly string[]): void {
    for (const filter of filters) this.#filters.add(filter);
  }

  /** How long to wait before reading on, after `count` bytes were read. */
  received(count: number, at: DurationMs): DurationMs {
    return this.#bytesIn.spend(count, at);
  }

  /** How long to wait before writing on, after `count` bytes were written. */
  sent(count: number, at: DurationMs): DurationMs {
    return this.#bytesOut.spend(count, at);
  }

  judgeInbound(head: PacketHead, at: DurationMs): Verdict {
    if (head.kind === 'malformed') return clientError('malformed', head.because);
    const isConnect = head.kind === 'control' && head.type === packetType.connect;
    if (this.#phase === 'awaiting-connect') {
      if (!isConnect) return clientError('first-packet', 'the first packet was not CONNECT');
      this.#phase = 'awaiting-connack';
      return pass;
    }
    if (isConnect) return clientError('second-connect', 'a second CONNECT');
    if (this.#phase === 'awaiting-connack' && this.#profile.silentBeforeConnack) {
      return clientError('before-connack', 'a packet before CONNACK was sent');
    }
    if (head.kind === 'publish') return this.#judgePublish(head, at);
    switch (head.type) {
      case packetType.subscribe:
        return this.#judgeSubscribe(head.packet);
      case packetType.unsubscribe:
        return this.#noteUnsubscribe(head.packet);
      case packetType.puback:
        if (head.messageId !== null) this.#unacknowledgedOut.delete(head.messageId);
        return pass;
      case packetType.pubrec:
      case packetType.pubrel:
      case packetType.pubcomp:
      case packetType.pingreq:
      case packetType.disconnect:
        return pass;
      default:
        return clientError('malformed', `packet type ${head.type} from a client`);
    }
  }

  /** A message to the client: passes, or is dropped when the rate is exceeded. */
  judgeOutboundPublish(at: DurationMs): Verdict {
    return this.#publishesOut.tryTake(1, at)
      ? pass
      : { do: 'drop', row: 'publishes-out-per-second' };
  }

  /** Notes that a QoS 1 message went out. */
  noteSent(messageId: number): void {
    this.#unacknowledgedOut.add(messageId);
  }

  /** Notes that the client's message was acknowledged to it. */
  noteAcknowledged(): void {
    if (this.#unacknowledgedIn > 0) this.#unacknowledgedIn -= 1;
  }

  noteConnack(): void {
    this.#phase = 'open';
  }

  #judgePublish(head: PublishHead, at: DurationMs): Verdict {
    const { topic } = head;
    if (head.payloadBytes > this.#profile.payloadBytesMax) {
      return clientError('payload', `payload of ${head.payloadBytes} bytes`);
    }
    const refused = this.#judgeTopic(topic);
    if (refused !== null) return refused;
    if (!mayPublish(this.#thing, topic)) return denied('publish', topic);
    // Nobody reads what a doorbell retains, and it would stay for ever; AWS wants iot:RetainPublish for it.
    if (head.retain) return denied('retain', topic);
    if (head.qos > this.#profile.qosMax) return { do: 'drop', row: 'qos-2' };
    if (head.qos === 1 && this.#unacknowledgedIn >= this.#profile.unacknowledgedMax) {
      return { do: 'hold', row: 'unacknowledged-in' };
    }
    if (!this.#publishesIn.tryTake(1, at)) return { do: 'drop', row: 'publishes-in-per-second' };
    if (head.qos === 1) this.#unacknowledgedIn += 1;
    return pass;
  }

  /** What holds for a topic and a filter alike, null when nothing is wrong. */
  #judgeTopic(topic: string): Verdict | null {
    const { topicBytesMax, topicSlashesMax, dollarCloses } = this.#profile;
    const bytes = Buffer.byteLength(topic);
    if (bytes > topicBytesMax) return clientError('topic-bytes', `topic of ${bytes} bytes`);
    const slashes = countSlashes(topic);
    if (slashes > topicSlashesMax) return clientError('slashes', `topic of ${slashes} slashes`);
    if (dollarCloses && topic.startsWith('$')) {
      return topic.startsWith('$share/')
        ? clientError('shared-subscription', `shared subscription ${topic}`)
        : clientError('dollar-topic', `reserved topic ${topic}`);
    }
    return null;
  }

  #judgeSubscribe(bytes: Buffer): Verdict {
    const packet = readPacket(bytes);
    if (packet?.cmd !== 'subscribe') return clientError('malformed', 'malformed SUBSCRIBE');
    const { subscriptions, messageId = 0 } = packet;
    const topics = subscriptions.map(({ topic }) => topic);
    const count = topics.length;
    const fail = (verdict: Verdict): Verdict =>
      verdict.do === 'close' ? { ...verdict, reply: failedSuback(messageId, count) } : verdict;

    if (count > this.#profile.filtersPerSubscribeMax) {
      return fail(clientError('filters-per-subscribe', `SUBSCRIBE of ${count} filters`));
    }
    for (const topic of topics) {
      const refused = this.#judgeTopic(topic);
      if (refused !== null) return fail(refused);
      if (!maySubscribe(this.#thing, topic) && this.#profile.deniedSubscribeCloses) {
        return fail(denied('subscribe', topic));
      }
    }
    // [MQTT] AWS answers a subscription at QoS 2 with nothing at all.
    if (subscriptions.some(({ qos }) => qos > this.#profile.qosMax)) {
      return { do: 'drop', row: 'qos-2' };
    }
    const total = new Set([...this.#filters, ...topics]).size;
    if (total > this.#profile.subscriptionsMax) {
      return fail(clientError('subscriptions', `${total} subscriptions`));
    }
    for (const topic of topics) this.#filters.add(topic);
    this.#onSubscriptions({ kind: 'subscribed', topics });
    return pass;
  }

  #noteUnsubscribe(bytes: Buffer): Verdict {
    const packet = readPacket(bytes);
    if (packet?.cmd !== 'unsubscribe') return clientError('malformed', 'malformed UNSUBSCRIBE');
    for (const topic of packet.unsubscriptions) this.#filters.delete(topic);
    this.#onSubscriptions({ kind: 'unsubscribed', topics: packet.unsubscriptions });
    return pass;
  }
}

const clientError = (row: string, because: string): Verdict => ({
  do: 'close',
  row,
  ending: { reason: 'CLIENT_ERROR', because },
});

const denied = (what: 'publish' | 'retain' | 'subscribe', topic: string): Verdict => ({
  do: 'close',
  row: `denied-${what}`,
  ending: { reason: 'AUTH_ERROR', because: `${what} denied: ${topic}` },
});

/** One whole packet, or null when it is malformed. */
function readPacket(bytes: Buffer): Packet | null {
  const parser = makeParser({ protocolVersion: 4 });
  let found: Packet | null = null;
  parser.on('packet', (packet: Packet) => {
    found = packet;
  });
  parser.on('error', () => {
    found = null;
  });
  parser.parse(bytes);
  return found;
}

/** SUBACK that refuses each filter. MQTT 3.1.1 section 3.9.3. */
function failedSuback(messageId: number, count: number): Buffer {
  const shown = Math.min(count, 120);
  const head = Buffer.from([packetType.suback << 4, 2 + shown, messageId >> 8, messageId & 0xff]);
  return Buffer.concat([head, Buffer.alloc(shown, 0x80)]);
}
