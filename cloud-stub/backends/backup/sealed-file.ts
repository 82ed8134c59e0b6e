/**
 * A file encrypted as a whole, in records of a mebibyte, under a key that can be destroyed: AES-256-GCM with a key of
 * its own for each file (HKDF of the given one and a random salt), the record's number as nonce, and whether it is the
 * last one authenticated, so that a file that was cut is noticed.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Entropy } from '../../ports.ts';
import { syncFolder } from '../folders.ts';
import { BackupError } from './backup-error.ts';

const magic = Buffer.from('DBSEAL1\n');
const saltBytes = 32;
const tagBytes = 16;
const recordBytesMax = 1024 * 1024;

/** Seals `from` as `to`, durably; the SHA-256 of what was sealed. */
export async function sealFile(
  from: string,
  to: string,
  key: KeyObject,
  entropy: Entropy,
): Promise<string> {
  const salt = entropy.bytes(saltBytes);
  const fileKey = deriveKey(key, salt);
  const digest = createHash('sha256');
  const source = await open(from, 'r');
  const target = await open(`${to}.part`, 'w', 0o600);
  try {
    const { size } = await source.stat();
    await target.write(Buffer.concat([magic, salt]));
    const records = Math.max(1, Math.ceil(size / recordBytesMax));
    for (let record = 0; record < records; record++) {
      const length = Math.min(recordBytesMax, size - record * recordBytesMax);
      const plain = Buffer.alloc(length);
      await readFully(source, plain, record * recordBytesMax);
      digest.update(plain);
      const cipher = createCipheriv('aes-256-gcm', fileKey, nonceOf(record));
      cipher.setAAD(associated(record === records - 1));
      const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      await target.write(sealed);
    }
    await target.sync();
  } finally {
    await source.close();
    await target.close();
  }
  await rename(`${to}.part`, to);
  await syncFolder(dirname(to));
  return digest.digest('hex');
}

/** The reverse; the SHA-256 of what was in it. Throws BackupError when it was altered or cut. */
export async function unsealFile(from: string, to: string, key: KeyObject): Promise<string> {
  const digest = createHash('sha256');
  const source = await open(from, 'r');
  const target = await open(to, 'w', 0o600);
  try {
    const { size } = await source.stat();
    const head = Buffer.alloc(magic.length + saltBytes);
    await readFully(source, head, 0);
    if (!head.subarray(0, magic.length).equals(magic)) {
      throw new BackupError(`${from} is not a sealed file`);
    }
    const fileKey = deriveKey(key, head.subarray(magic.length));
    let at = head.length;
    for (let record = 0; at < size || record === 0; record++) {
      const sealed = Buffer.alloc(Math.min(recordBytesMax + tagBytes, size - at));
      await readFully(source, sealed, at);
      at += sealed.length;
      const plain = openRecord(from, sealed, { fileKey, record, isLast: at >= size });
      digest.update(plain);
      await target.write(plain);
    }
    await target.sync();
  } finally {
    await source.close();
    await target.close();
  }
  return digest.digest('hex');
}

function openRecord(
  from: string,
  sealed: Buffer,
  {
    fileKey,
    record,
    isLast,
  }: { readonly fileKey: KeyObject; readonly record: number; readonly isLast: boolean },
): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', fileKey, nonceOf(record), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(associated(isLast));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  } catch (error) {
    throw new BackupError(`${from} was altered or cut, or sealed with another key`, {
      cause: error,
    });
  }
}

const deriveKey = (key: KeyObject, salt: Uint8Array): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, 'doorbell backup', 32)));

function nonceOf(record: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(record), 4);
  return nonce;
}

const associated = (isLast: boolean): Buffer => Buffer.from(isLast ? 'last' : 'more');

async function readFully(
  file: Awaited<ReturnType<typeof open>>,
  into: Buffer,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new BackupError('a file became shorter while it was read');
    done += bytesRead;
  }
}
