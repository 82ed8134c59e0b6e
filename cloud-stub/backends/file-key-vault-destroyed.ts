/**
 * Which data keys were destroyed: one append-only file a device, `<folder>/<thing>/destroyed`, a
 * line of 26 characters a clip. One file instead of one a clip, since they stay for good.
 */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUlid, type ThingName, type Ulid } from '../../device/wire/ids.ts';
import type { ClipKey } from '../ports.ts';
import { syncFolder } from './folders.ts';
import { Turnstile } from './turnstile.ts';

/** Of all devices. */
const appends = new Turnstile(32);

export class DestroyedKeys {
  readonly #folder: string;
  readonly #byThing = new Map<ThingName, Promise<Set<string>>>();
  /** Whose file has a name that is durable: once a process, as an earlier one may have died before. */
  readonly #named = new Set<ThingName>();
  /** What waits to be appended, by device, and the append that takes it along. */
  readonly #waiting = new Map<
    ThingName,
    { readonly clips: Ulid[]; readonly done: Promise<void> }
  >();
  readonly #appending = new Map<ThingName, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async has({ thing, clip }: ClipKey): Promise<boolean> {
    return (await this.#of(thing)).has(clip);
  }

  /** Durable when it resolves; the device's folder must be there. Many at once are one append and one sync. */
  async add({ thing, clip }: ClipKey): Promise<void> {
    if ((await this.#of(thing)).has(clip)) return;
    const waiting = this.#waiting.get(thing);
    if (waiting !== undefined) {
      waiting.clips.push(clip);
      return waiting.done;
    }
    const clips = [clip];
    const before = this.#appending.get(thing) ?? Promise.resolve();
    const append = (): Promise<void> => {
      this.#waiting.delete(thing);
      return appends.run(() => this.#append(thing, clips));
    };
    const done = before.then(append, append);
    this.#waiting.set(thing, { clips, done });
    this.#appending.set(thing, done);
    try {
      await done;
    } finally {
      if (this.#appending.get(thing) === done) this.#appending.delete(thing);
    }
  }

  async #append(thing: ThingName, clips: readonly Ulid[]): Promise<void> {
    const known = await this.#of(thing);
    const file = await open(this.#path(thing), 'a', 0o600);
    try {
      // The line break comes first: a line that a power cut tore stays a line of its own.
      await file.write(clips.map((clip) => `\n${clip}\n`).join(''));
      await file.datasync();
    } finally {
      await file.close();
    }
    if (!this.#named.has(thing)) await syncFolder(join(this.#folder, thing));
    this.#named.add(thing);
    for (const clip of clips) known.add(clip);
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
