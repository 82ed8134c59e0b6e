/**
 * The torture's own copy of what a doorbell recorded. Written before the flash sees a byte, into files that outlive
 * `kill -9` (the page cache is the kernel's); what a verdict is compared with.
 */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
} from 'node:fs';
import path from 'node:path';
import type { Board, Flash } from '../../device/board.ts';
import { readChunkLog } from '../../device/core/chunk-log.ts';
import type { Happening } from '../../device/services/happenings.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import type { DeviceEvent, Opening } from '../../device/wire/messages.ts';

const chunksSuffix = '.chunks';
const notesName = 'notes.jsonl';

/** The board with a flash whose every append of footage is copied into `folder` first. */
export function witnessed(board: Board, folder: string): Board {
  mkdirSync(folder, { recursive: true });
  const copyOf = (name: string): string => path.join(folder, path.basename(name));
  const { flash } = board;
  const watched: Flash = {
    write: (name, bytes) => flash.write(name, bytes),
    async append(name, bytes) {
      if (!name.endsWith(chunksSuffix)) return flash.append(name, bytes);
      const copy = copyOf(name);
      const before = existsSync(copy) ? statSync(copy).size : 0;
      appendFileSync(copy, bytes);
      try {
        await flash.append(name, bytes);
      } catch (error) {
        truncateSync(copy, before); // a full flash: it was not recorded
        throw error;
      }
    },
    truncate: (name, length) => flash.truncate(name, length),
    sync: (name) => flash.sync(name),
    syncNames: (name) => flash.syncNames(name),
    rename: (from, to) => flash.rename(from, to),
    read: (name) => flash.read(name),
    readRange: (name, offset, length) => flash.readRange(name, offset, length),
    list: (name) => flash.list(name),
    remove: (name) => flash.remove(name),
    usage: () => flash.usage(),
  };
  return { ...board, flash: watched };
}

/** Notes what became durable on the doorbell and must therefore reach the cloud. */
export function noteHappening(folder: string, happening: Happening): void {
  if (happening.kind !== 'event' && happening.kind !== 'clip-began') return;
  appendFileSync(path.join(folder, notesName), `${JSON.stringify(happening)}\n`);
}

/** Chunks recorded of each clip, in order. */
export function recordedClips(folder: string): ReadonlyMap<Ulid, readonly Uint8Array[]> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return new Map(
    names
      .filter((name) => name.endsWith(chunksSuffix))
      .map((name) => {
        const file = readFileSync(path.join(folder, name));
        const chunks = readChunkLog(file).chunks.map(({ offset, length }) =>
          file.subarray(offset, offset + length),
        );
        return [name.slice(0, -chunksSuffix.length) as Ulid, chunks];
      }),
  );
}

export type Notes = {
  readonly events: readonly DeviceEvent[];
  readonly openings: readonly Opening[];
};

export function durableNotes(folder: string): Notes {
  const file = path.join(folder, notesName);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const notes = lines
    .filter((line) => line.endsWith('}')) // the last may be torn
    .map((line) => JSON.parse(line) as Happening);
  return {
    events: notes.flatMap((note) => (note.kind === 'event' ? [note.event] : [])),
    openings: notes.flatMap((note) => (note.kind === 'clip-began' ? [note.opening] : [])),
  };
}
