/**
 * A Flash that forgets what was not synced, as real ones do. It keeps what the firmware sees and what would survive a
 * power cut apart; `cutPower` tells which of the unsynced changes survive, by a seeded draw for each, whole or in part.
 */
import { type Flash, FlashError, FlashFullError, type FlashUsage } from '../../device/board.ts';
import { flashFolderSegments, flashSegments } from '../../device/peripherals/flash-path.ts';

type Span = { readonly from: number; readonly to: number };
type FileContent = {
  bytes: Uint8Array;
  synced: Uint8Array;
  /** What a failed sync has lost of `bytes`; written anew it is lost no more. */
  lost?: readonly Span[];
};
/** Names to files; the durable map changes with `syncNames` only. */
type Names = Map<string, FileContent>;

export type ForgetfulFlash = Flash & {
  /** Power fails: unsynced changes survive or not as `draw` (0 to below 1) says. Returns the flash of the next boot. */
  cutPower(draw: () => number): ForgetfulFlash;
  /** Operations that change something, so far. */
  operations(): number;
  /** From operation `at` on (counted from 0) nothing works any more: the power is off. Null: never. */
  failFrom(at: number | null, onPowerOff?: () => void): void;
  setCapacity(bytes: number): void;
  /**
   * A sync of this file has failed: what it was to make durable stays readable until the power fails, and no later sync
   * makes it durable, as the page cache of Linux holds it clean.
   */
  loseUnsynced(path: string): void;
  files(): ReadonlyMap<string, Uint8Array>;
};

/** The power went off in the middle of an operation: the firmware of this boot is dead. */
export class PowerOff extends Error {
  override readonly name = 'PowerOff';
}

export function createForgetfulFlash(capacityBytes = 64 * 1024 * 1024): ForgetfulFlash {
  return make(new Map(), new Map(), capacityBytes);
}

function make(seen: Names, durable: Names, initialCapacityBytes: number): ForgetfulFlash {
  let capacityBytes = initialCapacityBytes;
  let operations = 0;
  let failAt: number | null = null;
  let onPowerOff = (): void => {};
  const renames: { readonly from: string; readonly to: string }[] = [];

  /** Each change is one point where the power may fail; `partly` does what a failing write leaves behind. */
  function change(partly: () => void = () => {}): void {
    if (failAt !== null && operations >= failAt) {
      if (operations === failAt) {
        partly();
        onPowerOff();
      }
      operations++;
      throw new PowerOff('the power is off');
    }
    operations++;
  }
  const used = (): number => [...seen.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  const room = (path: string, more: number): void => {
    if (used() + more > capacityBytes) throw new FlashFullError(path);
  };
  const existing = (path: string): FileContent => {
    const file = seen.get(path);
    if (file === undefined) throw new FlashError(path, 'no such file');
    return file;
  };
  const isIn = (folder: string, path: string): boolean =>
    (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '') === folder;

  return {
    async write(path, bytes) {
      flashSegments(path);
      room(path, bytes.length - (seen.get(path)?.bytes.length ?? 0));
      const put = (content: Uint8Array) => {
        const file = seen.get(path);
        if (file === undefined) seen.set(path, { bytes: content, synced: new Uint8Array(0) });
        else {
          file.bytes = content;
          file.lost = [];
        }
      };
      change(() => put(Uint8Array.from(bytes.subarray(0, bytes.length >> 1))));
      put(Uint8Array.from(bytes));
    },
    async append(path, bytes) {
      flashSegments(path);
      room(path, bytes.length);
      const put = (more: Uint8Array) => {
        const file = seen.get(path) ?? { bytes: new Uint8Array(0), synced: new Uint8Array(0) };
        file.bytes = Buffer.concat([file.bytes, more]);
        seen.set(path, file);
      };
      change(() => put(bytes.subarray(0, bytes.length >> 1)));
      put(bytes);
    },
    async truncate(path, length) {
      const file = existing(path);
      change();
      file.bytes = file.bytes.slice(0, length);
      file.lost = cutSpans(file.lost ?? [], length);
    },
    async sync(path) {
      const file = existing(path);
      change();
      file.synced = withoutLost(file);
    },
    loseUnsynced(path) {
      const file = existing(path);
      const { bytes, synced } = file;
      let from = 0;
      while (from < Math.min(bytes.length, synced.length) && bytes[from] === synced[from]) from++;
      if (from < bytes.length) file.lost = [...(file.lost ?? []), { from, to: bytes.length }];
    },
    async syncNames(folder) {
      change();
      for (const path of durable.keys()) {
        if (isIn(folder, path) && !seen.has(path)) durable.delete(path);
      }
      for (const [path, file] of seen) if (isIn(folder, path)) durable.set(path, file);
    },
    async rename(from, to) {
      flashSegments(from);
      flashSegments(to);
      const moved = [...seen.keys()].filter((path) => within(path, from));
      if (moved.length === 0) throw new FlashError(from, 'no such file');
      change();
      for (const path of moved) {
        const target = to + path.slice(from.length);
        seen.set(target, existing(path));
        seen.delete(path);
        renames.push({ from: path, to: target });
      }
    },
    async read(path) {
      flashSegments(path);
      const file = seen.get(path);
      return file === undefined ? null : Uint8Array.from(file.bytes);
    },
    readRange: async (path, offset, length) =>
      Uint8Array.from(existing(path).bytes.subarray(offset, offset + length)),
    async list(folder) {
      const depth = flashFolderSegments(folder).length;
      const inside = [...seen.keys()].filter((path) => depth === 0 || within(path, folder));
      const names = inside.flatMap((path) => path.split('/')[depth] ?? []);
      return [...new Set(names)].sort();
    },
    async remove(path) {
      flashSegments(path);
      change();
      for (const name of [...seen.keys()]) if (within(name, path)) seen.delete(name);
    },
    usage: async (): Promise<FlashUsage> => ({ capacityBytes, usedBytes: used() }),
    operations: () => operations,
    setCapacity(bytes) {
      capacityBytes = bytes;
    },
    failFrom(at, act = () => {}) {
      failAt = at === null ? null : operations + at;
      onPowerOff = act;
    },
    files: () => new Map([...seen].map(([path, { bytes }]) => [path, Uint8Array.from(bytes)])),
    cutPower(draw) {
      // Names: each one that differs between what was seen and what was synced survives its change or not. A rename
      // is atomic: at least one of its two names is left, never neither.
      const survivors = new Map<string, FileContent>(durable);
      for (const [path, file] of seen) {
        if (survivors.get(path) !== file && draw() < 0.5) survivors.set(path, file);
      }
      for (const path of durable.keys())
        if (!seen.has(path) && draw() < 0.5) survivors.delete(path);
      for (const { from, to } of renames) {
        const file = durable.get(from);
        if (file !== undefined && ![...survivors.values()].includes(file)) {
          survivors.set(seen.get(to) === file ? to : from, file);
        }
      }
      const after: Names = new Map();
      for (const [path, file] of survivors) {
        const content = contentAfter(file, draw);
        after.set(path, { bytes: content, synced: content });
      }
      return make(after, new Map(after), capacityBytes);
    },
  };
}

/** What a sync makes durable: zeros, or what was there before, stand where a failed one has lost something. */
function withoutLost({ bytes, synced, lost = [] }: FileContent): Uint8Array {
  if (lost.length === 0) return bytes;
  const content = Uint8Array.from(bytes);
  for (const { from, to } of lost) {
    content.fill(0, from, to);
    content.set(synced.subarray(from, to), from);
  }
  return content;
}

const cutSpans = (spans: readonly Span[], length: number): readonly Span[] =>
  spans.flatMap(({ from, to }) => (from < length ? [{ from, to: Math.min(to, length) }] : []));

/** Whether `path` is `folder` itself or in it. */
const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(`${folder}/`);

/** Synced bytes survive; what was appended since may be there in part, and that part may be garbage. */
function contentAfter(file: FileContent, draw: () => number): Uint8Array {
  const { synced } = file;
  const bytes = withoutLost(file);
  if (bytes === synced) return synced;
  const kind = draw();
  if (kind < 0.35) return synced;
  const extended = bytes.length > synced.length;
  if (!extended) return kind < 0.7 ? synced : bytes;
  const length = synced.length + Math.floor(draw() * (bytes.length - synced.length + 1));
  const content = Uint8Array.from(bytes.subarray(0, length));
  if (kind > 0.8 && length > synced.length) {
    // The length reached the disk before the data did.
    content.fill(0, synced.length + ((length - synced.length) >> 1));
  }
  return content;
}
