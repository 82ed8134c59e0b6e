/**
 * Where a redo log ends, beside it: `<backup>.end`, one sector written over and over, durable before
 * what it tells of is committed. Without it a log that was cut between two records would look like one
 * to which nothing more was written.
 */
import { createHmac, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Ulid, ulidSchema } from '../../../device/wire/ids.ts';
import { syncFolder } from '../folders.ts';
import { readIfThere } from './backup-files.ts';
import { RedoLogError, redoLogPath } from './redo-record.ts';

const sectorBytes = 512;
const macChars = 64;

const endSchema = z.strictObject({
  /** Of the last change in it. */
  seq: z.int().min(0),
  /** Behind that change. */
  bytes: z.int().min(0),
  /** The last bytes of that change: it is this one, and none of the same length. */
  tail: z.string().regex(/^[0-9a-f]{32}$/),
  /** Whose log goes on; null: this one does. */
  next: ulidSchema.nullable(),
});
export type RedoEnd = z.infer<typeof endSchema>;
export type RedoEndPlace = {
  readonly safe: string;
  readonly backup: Ulid;
  readonly key: KeyObject;
};

export const redoEndPath = (safe: string, backup: Ulid): string =>
  redoLogPath(safe, backup).replace(/\.log$/, '.end');

/** Durable when it resolves. */
export async function writeRedoEnd(place: RedoEndPlace, end: RedoEnd): Promise<void> {
  const path = redoEndPath(place.safe, place.backup);
  const isNew = !existsSync(path);
  const told = JSON.stringify(end);
  const sector = `${told} ${macOf(place, told)}`.padEnd(sectorBytes - 1);
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await file.write(`${sector}\n`, 0, 'latin1');
    await file.datasync();
  } finally {
    await file.close();
  }
  if (isNew) await syncFolder(dirname(path));
}

/** Null: there is none. Throws RedoLogError when it was altered. */
export async function readRedoEnd(place: RedoEndPlace): Promise<RedoEnd | null> {
  const path = redoEndPath(place.safe, place.backup);
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const text = bytes.toString('latin1').trimEnd();
  const told = text.slice(0, -macChars - 1);
  const mac = Buffer.from(text.slice(-macChars), 'latin1');
  const expected = Buffer.from(macOf(place, told), 'latin1');
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) {
    throw new RedoLogError(`${path} was altered`);
  }
  return endSchema.parse(JSON.parse(told));
}

function macOf({ backup, key }: RedoEndPlace, told: string): string {
  const ownKey = Buffer.from(hkdfSync('sha256', key, backup, 'doorbell redo end', 32));
  return createHmac('sha256', ownKey).update(told).digest('hex');
}
