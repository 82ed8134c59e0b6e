/**
 * The AWS SDK's link in a child process: its native event loop never lets a process end, so vitest would hang.
 * What it does there is told here as if it happened here.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Link, LinkError, type LinkSession } from '../../../device/board.ts';
import type { LinkAddress } from '../../../device/peripherals/link-address.ts';
import type { ThingName } from '../../../device/wire/ids.ts';

type Order =
  | { readonly do: 'make'; readonly address: LinkAddress }
  | { readonly do: 'open'; readonly clientId: ThingName; readonly filters: readonly string[] }
  | {
      readonly do: 'publish';
      readonly topic: string;
      readonly payload: Uint8Array;
      readonly qos: 0 | 1;
    }
  | { readonly do: 'close' };
export type LinkOrder = Order & { readonly id: number };
export type LinkReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly name: string;
      readonly message: string;
    }
  | { readonly kind: 'message'; readonly topic: string; readonly payload: Uint8Array }
  | { readonly kind: 'closed'; readonly because: string };

type Waiting = { readonly resolve: () => void; readonly reject: (error: Error) => void };

export class ChildLink implements Link {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #session: LinkSession | null = null;
  #orders = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (report: LinkReport) => this.#hear(report));
  }

  static async open(address: LinkAddress): Promise<ChildLink> {
    const file = fileURLToPath(new URL('child-link-process.ts', import.meta.url));
    const child = fork(file, { serialization: 'advanced' });
    await new Promise((resolve) => child.once('message', resolve));
    const link = new ChildLink(child);
    await link.#order({ do: 'make', address });
    return link;
  }

  async open(session: LinkSession): Promise<void> {
    const before = this.#session;
    this.#session = session;
    const { clientId, filters } = session;
    try {
      await this.#order({ do: 'open', clientId, filters });
    } catch (error) {
      this.#session = before;
      throw error;
    }
  }

  publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void> {
    return this.#order({ do: 'publish', topic, payload, qos });
  }

  close(): Promise<void> {
    return this.#order({ do: 'close' });
  }

  /** Ends the child process, whatever its link does. */
  async leave(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  #order(order: Order): Promise<void> {
    const id = ++this.#orders;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ ...order, id });
    });
  }

  #hear(report: LinkReport): void {
    switch (report.kind) {
      case 'ready':
        return;
      case 'message':
        this.#session?.onMessage(report.topic, report.payload);
        return;
      case 'closed':
        this.#session?.onClosed(report.because);
        return;
      case 'done':
        this.#waiting.get(report.id)?.resolve();
        this.#waiting.delete(report.id);
        return;
      case 'failed': {
        const { name, message } = report;
        const error =
          name === 'LinkError' ? new LinkError(message) : new Error(`${name}: ${message}`);
        this.#waiting.get(report.id)?.reject(error);
        this.#waiting.delete(report.id);
      }
    }
  }
}
