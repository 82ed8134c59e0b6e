/** The Bus without a broker: tests are the doorbells. Everything happens at once, in order. */
import type { Bus, BusMessage, Presence } from '../../../cloud-stub/ports.ts';
import type { ThingName } from '../../../device/wire/ids.ts';

export type SentMessage = { readonly topic: string; readonly payload: Uint8Array };

export class FakeBus implements Bus {
  /** What the cloud published, in order. */
  readonly sent: SentMessage[] = [];
  readonly paused = new Set<ThingName>();
  /** Every pause there was. */
  readonly pauses: ThingName[] = [];
  readonly cut: ThingName[] = [];
  closed = false;
  readonly #onMessage: ((message: BusMessage) => void)[] = [];
  readonly #onPresence: ((presence: Presence) => void)[] = [];
  readonly #onSent: ((message: SentMessage) => void)[] = [];

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    this.sent.push({ topic, payload });
    for (const listener of this.#onSent) listener({ topic, payload });
  }

  onMessage(listener: (message: BusMessage) => void): void {
    this.#onMessage.push(listener);
  }

  onPresence(listener: (presence: Presence) => void): void {
    this.#onPresence.push(listener);
  }

  pause(thing: ThingName): void {
    this.paused.add(thing);
    this.pauses.push(thing);
  }

  resume(thing: ThingName): void {
    this.paused.delete(thing);
  }

  disconnect(thing: ThingName): void {
    this.cut.push(thing);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** The process died: it hears nothing and says nothing any more. */
  kill(): void {
    this.#onMessage.length = 0;
    this.#onPresence.length = 0;
    this.#onSent.length = 0;
  }

  /** `thing` is who the broker says sent it. */
  deliver(thing: ThingName | null, topic: string, payload: Uint8Array): void {
    for (const listener of this.#onMessage) listener({ thing, topic, payload });
  }

  presence(thing: ThingName, connected: boolean): void {
    for (const listener of this.#onPresence) listener({ thing, connected });
  }

  onSent(listener: (message: SentMessage) => void): void {
    this.#onSent.push(listener);
  }
}
