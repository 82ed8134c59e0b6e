/**
 * Bounds the connections there are, and those above all that have not yet said who they are: opened
 * and left, they are cut after a deadline, or sooner when others need the room. The oldest of the
 * address that has most of them goes first, so that an attacker pushes out only himself.
 */
import { type DurationMs, milliseconds } from '../../../device/wire/time.ts';
import type { Clock, Timer } from '../../ports.ts';
import type { BrokerLimits } from './broker-limits.ts';

export type GuardLimits = Pick<
  BrokerLimits,
  | 'connectionsMax'
  | 'connectionsPerAddressMax'
  | 'pendingMax'
  | 'pendingPerAddressMax'
  | 'connectDeadlineMs'
>;

export type Admission = {
  /** The client completed CONNECT: it is no longer pending. */
  settle(): void;
  /** The connection is gone. */
  leave(): void;
};

type Arrival = {
  readonly address: string;
  readonly at: DurationMs;
  readonly cut: (because: string) => void;
};

export class ConnectionGuard {
  readonly #limits: GuardLimits;
  readonly #clock: Clock;
  readonly #countByAddress = new Map<string, number>();
  /** By address, each in order of arrival. */
  readonly #pending = new Map<string, Set<Arrival>>();
  #count = 0;
  #pendingCount = 0;
  #timer: Timer | null = null;

  constructor(limits: GuardLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * `cut` is called when a pending connection must go. Null: no room, the connection is to be
   * closed at once.
   */
  admit(address: string, cut: (because: string) => void): Admission | null {
    const { connectionsMax, connectionsPerAddressMax, pendingMax, pendingPerAddressMax } =
      this.#limits;
    const mine = this.#countByAddress.get(address) ?? 0;
    if (mine >= connectionsPerAddressMax || this.#pendingOf(address) >= pendingPerAddressMax) {
      if (!this.#evict(address)) return null;
    } else if (this.#count >= connectionsMax || this.#pendingCount >= pendingMax) {
      if (!this.#evict(this.#busiest())) return null;
    }
    const arrival = { address, at: this.#clock.monotonic(), cut };
    this.#add(arrival);
    let left = false;
    return {
      settle: () => this.#settle(arrival),
      leave: () => {
        if (left) return;
        left = true;
        this.#settle(arrival);
        this.#forget(address);
      },
    };
  }

  get counts(): { readonly open: number; readonly pending: number } {
    return { open: this.#count, pending: this.#pendingCount };
  }

  close(): void {
    this.#timer?.cancel();
  }

  #pendingOf(address: string): number {
    return this.#pending.get(address)?.size ?? 0;
  }

  #add(arrival: Arrival): void {
    const { address } = arrival;
    this.#count += 1;
    this.#countByAddress.set(address, (this.#countByAddress.get(address) ?? 0) + 1);
    const pending = this.#pending.get(address) ?? new Set();
    pending.add(arrival);
    this.#pending.set(address, pending);
    this.#pendingCount += 1;
    this.#watch();
  }

  #settle(arrival: Arrival): boolean {
    const pending = this.#pending.get(arrival.address);
    if (pending?.delete(arrival) !== true) return false;
    this.#pendingCount -= 1;
    if (pending.size === 0) this.#pending.delete(arrival.address);
    return true;
  }

  #forget(address: string): void {
    this.#count -= 1;
    const left = (this.#countByAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#countByAddress.delete(address);
    else this.#countByAddress.set(address, left);
  }

  /** Cuts the oldest pending connection of an address; false when it has none. */
  #evict(address: string | null): boolean {
    const [oldest] = (address === null ? null : this.#pending.get(address)) ?? [];
    if (oldest === undefined) return false;
    this.#settle(oldest);
    oldest.cut('others need the room');
    return true;
  }

  #busiest(): string | null {
    let busiest: string | null = null;
    let most = 0;
    for (const [address, pending] of this.#pending) {
      if (pending.size > most) [busiest, most] = [address, pending.size];
    }
    return busiest;
  }

  /** One timer for all: the deadline is the same for each, so the oldest is always next. */
  #watch(): void {
    if (this.#timer !== null) return;
    let oldest: Arrival | null = null;
    for (const [first] of this.#pending.values()) {
      if (first !== undefined && (oldest === null || first.at < oldest.at)) oldest = first;
    }
    if (oldest === null) return;
    const due = oldest.at + this.#limits.connectDeadlineMs - this.#clock.monotonic();
    this.#timer = this.#clock.setTimer('broker-connect', milliseconds(Math.max(0, due)), () => {
      this.#timer = null;
      this.#cutLate();
      this.#watch();
    });
  }

  #cutLate(): void {
    const deadline = this.#clock.monotonic() - this.#limits.connectDeadlineMs;
    const late = [...this.#pending.values()].flatMap((set) =>
      [...set].filter(({ at }) => at <= deadline),
    );
    for (const arrival of late) {
      if (this.#settle(arrival)) arrival.cut('no CONNECT in time');
    }
  }
}
