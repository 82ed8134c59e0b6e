/**
 * Sessions and retained messages: aedes's own memory, with the bounds and deviations of the
 * profile. Subscriptions and unacknowledged messages of a client that asked to be remembered are
 * kept for a while after it left.
 */
import { Readable } from 'node:stream';
import type { AedesPublishPacket, Subscription } from 'aedes';
import aedesMemory from 'aedes-persistence';
import type { ThingName } from '../../../device/wire/ids.ts';
import { milliseconds } from '../../../device/wire/time.ts';
import type { Clock, Timer } from '../../ports.ts';
import type { Profile } from './aws-profile.ts';
import { hasWildcard, matchesTopic, maySubscribe } from './topic-access.ts';

/** The part of aedes's persistence that is changed here or called from here. */
type Memory = {
  createRetainedStreamCombi(filters: readonly string[]): Readable;
  addSubscriptions(client: ClientId, subscriptions: readonly Subscription[]): Promise<void>;
  subscriptionsByClient(client: ClientId): Promise<readonly { readonly topic: string }[]>;
  cleanSubscriptions(client: ClientId): Promise<void>;
  outgoingEnqueueCombi(to: readonly Subscriber[], packet: AedesPublishPacket): Promise<void>;
  outgoingClearMessageId(client: ClientId, packet: unknown): Promise<unknown>;
  outgoingStream(client: ClientId): Readable;
};
type ClientId = { readonly id: string };
type Subscriber = { readonly clientId: string; readonly topic: string };

export class SessionStore {
  /** What aedes takes as its persistence. */
  readonly persistence: object;
  readonly #profile: Profile;
  readonly #clock: Clock;
  readonly #memory: Memory;
  readonly #queued = new Map<string, number>();
  readonly #expiries = new Map<string, Timer>();

  constructor(profile: Profile, clock: Clock) {
    this.#profile = profile;
    this.#clock = clock;
    // Its types describe an ES module, which it is not: what is imported is the function itself.
    const memory = (aedesMemory as unknown as () => Memory)();
    this.#memory = memory;
    const changed: Partial<Memory> = {
      createRetainedStreamCombi: (filters) => this.#retained(filters),
      addSubscriptions: (client, subscriptions) => this.#addSubscriptions(client, subscriptions),
      outgoingEnqueueCombi: (to, packet) => this.#enqueue(to, packet),
      outgoingClearMessageId: (client, packet) => this.#clear(client, packet),
      outgoingStream: (client) => this.#replay(client),
    };
    this.persistence = Object.assign(Object.create(memory) as object, changed);
  }

  /**
   * The filters a session kept, none when there is no session. The client is back: nothing expires.
   */
  async resume(thing: ThingName): Promise<readonly string[]> {
    this.#expiries.get(thing)?.cancel();
    this.#expiries.delete(thing);
    const kept = await this.#memory.subscriptionsByClient({ id: thing });
    return kept.map(({ topic }) => topic);
  }

  /** The client left and asked to be remembered. */
  keep(thing: ThingName): void {
    this.#expiries.get(thing)?.cancel();
    const expiry = this.#clock.setTimer('broker-session', this.#profile.sessionExpiryMs, () => {
      this.#expiries.delete(thing);
      void this.#forget({ id: thing });
    });
    this.#expiries.set(thing, expiry);
  }

  close(): void {
    for (const expiry of this.#expiries.values()) expiry.cancel();
    this.#expiries.clear();
  }

  #retained(filters: readonly string[]): Readable {
    const { retainedOnWildcard } = this.#profile;
    return this.#memory.createRetainedStreamCombi(
      filters.filter((filter) => retainedOnWildcard || !hasWildcard(filter)),
    );
  }

  /**
   * aedes hands over all filters of a packet when one of them is granted; the refused must not be
   * kept.
   */
  #addSubscriptions(client: ClientId, subscriptions: readonly Subscription[]): Promise<void> {
    const granted = subscriptions.filter(({ topic }) =>
      maySubscribe(client.id as ThingName, topic),
    );
    return this.#memory.addSubscriptions(client, granted);
  }

  /** A client whose queue is full does not get the new message; what was queued before stays. */
  async #enqueue(to: readonly Subscriber[], packet: AedesPublishPacket): Promise<void> {
    const { hashMatchesParent, sessionQueueMax } = this.#profile;
    const taking = to.filter(
      ({ clientId, topic }) =>
        matchesTopic(topic, packet.topic, hashMatchesParent) &&
        (this.#queued.get(clientId) ?? 0) < sessionQueueMax,
    );
    for (const { clientId } of taking) {
      this.#queued.set(clientId, (this.#queued.get(clientId) ?? 0) + 1);
    }
    await this.#memory.outgoingEnqueueCombi(taking, packet);
  }

  async #clear(client: ClientId, packet: unknown): Promise<unknown> {
    const cleared = await this.#memory.outgoingClearMessageId(client, packet);
    if (cleared !== undefined) {
      const left = (this.#queued.get(client.id) ?? 1) - 1;
      if (left > 0) this.#queued.set(client.id, left);
      else this.#queued.delete(client.id);
    }
    return cleared;
  }

  /** What waited for the client, no faster than the profile says. */
  #replay(client: ClientId): Readable {
    const { sessionReplayPerSecondMax } = this.#profile;
    const waiting = this.#memory.outgoingStream(client);
    if (sessionReplayPerSecondMax === Infinity) return waiting;
    const pause = milliseconds(1000 / sessionReplayPerSecondMax);
    return Readable.from(this.#paced(waiting, () => this.#wait(pause)));
  }

  async *#paced(packets: Readable, wait: () => Promise<void>): AsyncGenerator<unknown> {
    let first = true;
    for await (const packet of packets) {
      if (!first) await wait();
      first = false;
      yield packet;
    }
  }

  #wait(length: ReturnType<typeof milliseconds>): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer('broker-replay', length, resolve);
    });
  }

  async #forget(client: ClientId): Promise<void> {
    await this.#memory.cleanSubscriptions(client);
    for await (const packet of this.#memory.outgoingStream(client)) {
      await this.#clear(client, packet);
    }
  }
}
