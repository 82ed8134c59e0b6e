/** Exports for tests of the desk: what is asked of them is told, and no bag is built. */
import type { ExportOrder } from '../../../cloud-stub/legal/export-order.ts';
import type { ExportFacts, Exports } from '../../../cloud-stub/services/exports/exports.ts';
import type { Ulid } from '../../../device/wire/ids.ts';

/** Bags that are only told of. `faults`: what the next calls of seal end with. */
export class ToldExports implements Exports {
  readonly orders = new Map<Ulid, ExportOrder>();
  readonly removed: (readonly [Ulid, string])[] = [];
  readonly handedOver: (readonly [Ulid, string])[] = [];
  readonly faults: ('lease-over' | Error)[] = [];
  readonly deliveryFaults: Error[] = [];
  readonly #sealed = new Set<Ulid>();

  async lease(order: ExportOrder) {
    this.orders.set(order.export, order);
    return { leased: true, facts: this.#facts(order.export) } as const;
  }
  async seal(id: Ulid) {
    const fault = this.faults.shift();
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) return { sealed: false, because: fault } as const;
    this.#sealed.add(id);
    return { sealed: true, facts: this.#facts(id) } as const;
  }
  async find(id: Ulid) {
    return this.orders.has(id) ? this.#facts(id) : null;
  }
  async open() {
    return null;
  }
  async delivered(id: Ulid, actor: string) {
    const fault = this.deliveryFaults.shift();
    if (fault !== undefined) throw fault;
    this.handedOver.push([id, actor]);
    return true;
  }
  async remove(id: Ulid, because: string) {
    this.removed.push([id, because]);
  }
  async resume() {}
  async stop() {}

  #facts(id: Ulid): ExportFacts {
    const isSealed = this.#sealed.has(id);
    return { export: id, state: isSealed ? 'sealed' : 'leased' } as ExportFacts;
  }
}
