/** Flash in memory, for simulation: never loses anything, and nothing outlives the process. */
import { type Flash, FlashError, FlashFullError, type FlashUsage } from '../board.ts';
import { flashFolderSegments, flashSegments } from './flash-path.ts';

export class MemoryFlash implements Flash {
  readonly #files = new Map<string, Buffer>();
  readonly #capacityBytes: number;
  #usedBytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#put(path, Buffer.from(bytes));
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    flashSegments(path);
    this.#put(path, Buffer.concat([this.#files.get(path) ?? Buffer.alloc(0), bytes]));
  }

  async truncate(path: string, length: number): Promise<void> {
    this.#put(path, Buffer.from(this.#need(path).subarray(0, length)));
  }

  async sync(path: string): Promise<void> {
    this.#need(path);
  }

  async syncNames(folder: string): Promise<void> {
    flashFolderSegments(folder);
  }

  async rename(from: string, to: string): Promise<void> {
    flashSegments(from);
    flashSegments(to);
    const moved = this.#under(from);
    if (moved.length === 0) throw new FlashError(from, 'no such file');
    for (const path of moved) {
      const bytes = this.#need(path);
      this.#drop(path);
      this.#drop(to + path.slice(from.length));
      this.#put(to + path.slice(from.length), bytes);
    }
  }

  async read(path: string): Promise<Uint8Array | null> {
    flashSegments(path);
    const bytes = this.#files.get(path);
    return bytes === undefined ? null : Buffer.from(bytes);
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
    return Buffer.from(this.#need(path).subarray(offset, offset + length));
  }

  async list(folder: string): Promise<readonly string[]> {
    const prefix = flashFolderSegments(folder).length === 0 ? '' : `${folder}/`;
    const names = new Set<string>();
    for (const path of this.#files.keys()) {
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/')[0] ?? '');
    }
    return [...names].sort();
  }

  async remove(path: string): Promise<void> {
    flashSegments(path);
    for (const found of this.#under(path)) this.#drop(found);
  }

  async usage(): Promise<FlashUsage> {
    return { capacityBytes: this.#capacityBytes, usedBytes: this.#usedBytes };
  }

  #under(path: string): readonly string[] {
    return [...this.#files.keys()].filter((p) => p === path || p.startsWith(`${path}/`));
  }

  #need(path: string): Buffer {
    flashSegments(path);
    const bytes = this.#files.get(path);
    if (bytes === undefined) throw new FlashError(path, 'no such file');
    return bytes;
  }

  #put(path: string, bytes: Buffer): void {
    flashSegments(path);
    const used = this.#usedBytes - (this.#files.get(path)?.length ?? 0) + bytes.length;
    if (used > this.#capacityBytes) throw new FlashFullError(path);
    this.#files.set(path, bytes);
    this.#usedBytes = used;
  }

  #drop(path: string): void {
    this.#usedBytes -= this.#files.get(path)?.length ?? 0;
    this.#files.delete(path);
  }
}
