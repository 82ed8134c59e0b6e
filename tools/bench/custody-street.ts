/** Many doorbells in a thread of their own, as they are other machines: what they sign costs the cloud nothing. */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BusMessage } from '../../cloud-stub/ports.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import type { DurationMs, EpochMs } from '../../device/wire/time.ts';

export type StreetPlan = {
  readonly doorbells: number;
  /** Each sends a clip whenever a `slotMs` has passed since `start`, so many times. */
  readonly start: EpochMs;
  readonly slotMs: DurationMs;
  readonly slots: number;
};

/** What the thread says: first who lives there, then all that is sent in each slot. */
export type StreetNews =
  | {
      readonly kind: 'here';
      readonly doorbells: readonly { readonly thing: ThingName; readonly certificate: string }[];
    }
  | { readonly kind: 'slot'; readonly messages: readonly BusMessage[] };

export type Street = {
  readonly doorbells: Extract<StreetNews, { kind: 'here' }>['doorbells'];
  /** What is sent in the next slot. */
  next(): Promise<readonly BusMessage[]>;
  stop(): Promise<unknown>;
};

export async function openStreet(plan: StreetPlan): Promise<Street> {
  const thread = new Worker(new URL('./custody-street-thread.ts', import.meta.url), {
    workerData: plan,
  });
  const news = on(thread, 'message') as AsyncIterableIterator<[StreetNews]>;
  const take = async (): Promise<StreetNews> => {
    const step = await news.next();
    if (step.done === true) throw new Error('the doorbells have gone');
    return step.value[0];
  };
  const first = await take();
  if (first.kind !== 'here') throw new Error('the doorbells say who they are first');
  return {
    doorbells: first.doorbells,
    async next() {
      const slot = await take();
      // One more may be made in advance.
      thread.postMessage('more');
      return slot.kind === 'slot' ? slot.messages : [];
    },
    stop: () => thread.terminate(),
  };
}
