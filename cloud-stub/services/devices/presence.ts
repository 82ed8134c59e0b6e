/** Which doorbells are connected, as the broker tells it; on a broker that tells nothing, nobody knows. */
import type { ThingName } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { Ports, Presence } from '../../ports.ts';

export type PresenceWatch = {
  /** Null: this broker has not said. */
  connected(thing: ThingName): boolean | null;
  /** Called after each change; `at` is when the cloud heard of it. */
  onChange(listener: (presence: Presence, at: EpochMs) => void): void;
  /** Resolves when what was heard so far is in the catalogue. */
  settle(): Promise<void>;
};

/** Forgets who was connected before this start: the broker tells anew. */
export async function openPresence(
  ports: Pick<Ports, 'bus' | 'catalogue' | 'clock'>,
  onFault: (error: unknown) => void,
): Promise<PresenceWatch> {
  const { bus, catalogue, clock } = ports;
  const present = new Map<ThingName, boolean>();
  const listeners: ((presence: Presence, at: EpochMs) => void)[] = [];
  let pending: Promise<unknown> = Promise.resolve();

  // Asked for before the first listener can write: one transaction at a time keeps the order.
  const forgotten = catalogue.write((tx) =>
    tx.updateTable('devices').set({ connected: 0 }).where('connected', '=', 1).execute(),
  );

  bus.onPresence((presence) => {
    const { thing, connected } = presence;
    const at = clock.now();
    present.set(thing, connected);
    const told = catalogue
      .write((tx) =>
        tx
          .updateTable('devices')
          .set({ connected: connected ? 1 : 0, lastSeenAt: at })
          .where('thing', '=', thing)
          .execute(),
      )
      .catch(onFault)
      .then(() => {
        for (const listener of listeners) listener(presence, at);
      });
    pending = Promise.allSettled([pending, told]);
  });
  await forgotten;

  return {
    connected: (thing) => present.get(thing) ?? null,
    onChange: (listener) => {
      listeners.push(listener);
    },
    async settle() {
      await pending;
    },
  };
}
