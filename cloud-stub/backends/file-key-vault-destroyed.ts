/**
 * Which data keys were destroyed: one append-only file a device, `<folder>/<thing>/destroyed`, a
 * line of 26 characters a clip. One file instead of one a clip, since they stay for good.
 */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid, type ThingName } from '../../device/wire/ids.ts';
import type { ClipKey } from '../ports.ts';
import { syncFolder } from './folders.ts';

export class DestroyedKeys {
  readonly #folder: string;
  readonly #byThing = new Map<ThingName, Promise<Set<string>>>();
  /** Appends of one device, in turn. */
  readonly #appending = new Map<ThingName, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async has({ thing, clip }: ClipKey): Promise<boolean> {
    return (await this.#of(thing)).has(clip);
  }

  /** Durable when it resolves; the device's folder must be there. */
  async add({ thing, clip }: ClipKey): Promise<void> {
    const known = await this.#of(thing);
    const append = async (): Promise<void> => {
      if (known.has(clip)) return;
      const path = this.#path(thing);
      const file = await open(path, 'a', 0o600);
      try {
        // The line break comes first: a line that a power cut tore stays a line of its own.
        await file.write(`\n${clip}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await syncFolder(join(this.#folder, thing));
      known.add(clip);
    };
    const before = this.#appending.get(thing) ?? Promise.resolve();
    const mine = before.then(append, append);
    this.#appending.set(thing, mine);
    try {
      await mine;
    } finally {
      if (this.#appending.get(thing) === mine) this.#appending.delete(thing);
    }
  }

  #of(thing: ThingName): Promise<Set<string>> {
    const known = this.#byThing.get(thing);
    if (known !== undefined) return known;
    const loading = load(this.#path(thing)).catch((error: unknown) => {
      this.#byThing.delete(thing);
      throw error;
    });
    this.#byThing.set(thing, loading);
    return loading;
  }

  #path(thing: ThingName): string {
    return join(this.#folder, thing, 'destroyed');
  }
}

async function load(path: string): Promise<Set<string>> {
  try {
    const lines = (await readFile(path, 'latin1')).split('\n');
    return new Set(lines.filter(isUlid));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Set();
    throw error;
  }
}
