/**
 * The redo log of a backup: what every transaction since changed, a record each, sealed with the backup's own key, so
 * that it dies with it. A record's head stands in the clear: how long, which schema, which number, whose.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Entropy } from '../../ports.ts';
import { isMissing } from './backup-files.ts';

/** Below the key safe: `<backup>.log`. */
export const redoFolder = 'redo';
export const redoLogPath = (safe: string, backup: Ulid): string =>
  join(safe, redoFolder, `${backup}.log`);

/** The safe does not hold what it must, or another data folder goes on in this one's place. */
export class RedoLogError extends Error {
  override readonly name = 'RedoLogError';
}

export type RedoHead = {
  /** Of the catalogue that it was written by. */
  readonly schemaVersion: number;
  /** Counts the transactions of a cloud, through all its backups. */
  readonly seq: number;
  /** Of the data folder: a restored one is another. */
  readonly owner: Ulid;
};
export type FoundRecord = RedoHead & {
  /** Where it ends in the file. */
  readonly end: number;
  readonly tail: string;
  open(backup: Ulid, key: KeyObject): Uint8Array;
};

const nonceBytes = 12;
const tagBytes = 16;
/** What a record ends with, which tells it from any other. */
export const tailBytes = tagBytes;
export const tailOf = (record: Buffer): string => record.subarray(-tailBytes).toString('hex');
/** Length of what is sealed, schema version, number, owner, nonce. */
const headBytes = 4 + 4 + 8 + 26 + nonceBytes;

export function redoRecord(
  head: RedoHead,
  changes: Uint8Array,
  sealing: { readonly backup: Ulid; readonly key: KeyObject; readonly entropy: Entropy },
): Buffer {
  const start = Buffer.alloc(headBytes);
  start.writeUInt32BE(changes.length + tagBytes, 0);
  start.writeUInt32BE(head.schemaVersion, 4);
  start.writeBigUInt64BE(BigInt(head.seq), 8);
  start.write(head.owner, 16, 'latin1');
  start.set(sealing.entropy.bytes(nonceBytes), headBytes - nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', sealing.key, nonceOf(start));
  cipher.setAAD(associated(sealing.backup, start));
  return Buffer.concat([start, cipher.update(changes), cipher.final(), cipher.getAuthTag()]);
}

/** Every whole record from `offset` on; what a crash tore at the end is none. Throws RedoLogError. */
export async function* redoRecords(path: string, offset: number): AsyncIterable<FoundRecord> {
  const file = await openIfThere(path);
  if (file === null) return;
  try {
    for (let at = offset; ; ) {
      const start = await readAt(file, at, headBytes);
      if (start === null) return;
      const sealedBytes = start.readUInt32BE(0);
      const sealed = await readAt(file, at + headBytes, sealedBytes);
      if (sealed === null) return;
      at += headBytes + sealedBytes;
      yield foundRecord(path, start, sealed, at);
    }
  } finally {
    await file.close();
  }
}

/** Who wrote the record at `offset`; null: there is no whole head. */
export async function ownerAt(file: FileHandle, offset: number): Promise<string | null> {
  const start = await readAt(file, offset, headBytes);
  return start === null ? null : headOf(start).owner;
}

function foundRecord(path: string, start: Buffer, sealed: Buffer, end: number): FoundRecord {
  const head = headOf(start);
  return {
    ...head,
    end,
    tail: tailOf(sealed),
    open(backup, key) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(start), {
          authTagLength: tagBytes,
        });
        decipher.setAAD(associated(backup, start));
        decipher.setAuthTag(sealed.subarray(-tagBytes));
        return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
      } catch (cause) {
        throw new RedoLogError(`${path} was altered at change ${head.seq}`, { cause });
      }
    },
  };
}

const headOf = (start: Buffer): RedoHead => ({
  schemaVersion: start.readUInt32BE(4),
  seq: Number(start.readBigUInt64BE(8)),
  owner: start.toString('latin1', 16, 42) as Ulid,
});

const nonceOf = (start: Buffer): Buffer => start.subarray(headBytes - nonceBytes);

const associated = (backup: Ulid, start: Buffer): Buffer =>
  Buffer.concat([Buffer.from(backup), start]);

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Null: there are not so many bytes. */
async function readAt(file: FileHandle, at: number, bytes: number): Promise<Buffer | null> {
  const { size } = await file.stat();
  if (size - at < bytes) return null;
  const buffer = Buffer.alloc(bytes);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, at + done);
    if (bytesRead === 0) return null;
    done += bytesRead;
  }
  return buffer;
}
