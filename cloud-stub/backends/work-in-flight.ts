/**
 * What the services are waiting for from the world, counted: every call through a port, until it resolves. Services
 * reach the world through ports alone, so what is not counted here either runs on microtasks or waits for a timer; a
 * virtual clock that waits for both knows that nothing more can happen before it moves.
 */
import { setImmediate } from 'node:timers/promises';
import type { Ports, Vault } from '../ports.ts';

export class WorkInFlight {
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  /** Counts `promise` until it settles, and gives it back. */
  track<Result>(promise: Promise<Result>): Promise<Result> {
    this.#count++;
    const done = (): void => {
      this.#count--;
      if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    };
    promise.then(done, done);
    return promise;
  }

  /** Resolves once nothing is under way and nothing came of what was. */
  async settled(): Promise<void> {
    do {
      if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      // Whatever follows on microtasks has run when this turn comes; it may have asked for more.
      await setImmediate();
    } while (this.#count > 0);
  }
}

/** The same ports, with every call on record in `work` while it lasts. */
export function countedPorts<Some extends Partial<Ports>>(ports: Some, work: WorkInFlight): Some {
  const { vault, catalogue, clock } = ports;
  const counted = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, countCalls(port as object, work)]),
  );
  return {
    ...(counted as Some),
    // The clock is what waits for the others.
    ...(clock === undefined ? {} : { clock }),
    // Reads are answered within the turn; a stream stands still with its reader, who may be a slow one outside.
    ...(catalogue === undefined
      ? {}
      : { catalogue: { ...countCalls(catalogue, work), read: catalogue.read } }),
    ...(vault === undefined ? {} : { vault: countedVault(vault, work) }),
  };
}

const countedVault = (vault: Vault, work: WorkInFlight): Vault => ({
  open: async (key, dataKey) => countCalls(await work.track(vault.open(key, dataKey)), work),
  async openRead(key, dataKey) {
    const reader = await work.track(vault.openRead(key, dataKey));
    return reader === null ? null : countCalls(reader, work);
  },
  remove: (key) => work.track(vault.remove(key)),
  list: () => countSteps(vault.list(), work),
});

/** An object that passes every call on to `target`, and counts those that answer later. */
function countCalls<Target extends object>(target: Target, work: WorkInFlight): Target {
  return new Proxy(target, {
    get(_target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...parameters: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, parameters);
        if (result instanceof Promise) return work.track(result);
        return isAsyncIterable(result) ? countSteps(result, work) : result;
      };
    },
  });
}

async function* countSteps<Item>(
  items: AsyncIterable<Item>,
  work: WorkInFlight,
): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await work.track(Promise.resolve(iterator.next()));
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
