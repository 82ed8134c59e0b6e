/**
 * Reading a journal's structure: its preamble, and the headers of its records up to where it ends.
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { decodeHeader, headerBytes, recordBytes } from './file-vault-record.ts';
import { VaultContents } from './vault-contents.ts';

/** 8 bytes of magic and 24 bytes that tell whether a data key is this journal's. */
export const preambleBytes = 32;
const preambleMagic = Buffer.from('DBVAULT1');

/**
 * Headers read between two turns of the event loop: about half a millisecond when they are in the
 * page cache.
 */
const headersPerTurn = 256;
const searchBytes = 1 << 20;

export const preamble = (dataKey: KeyObject): Buffer =>
  Buffer.concat([
    preambleMagic,
    createHmac('sha256', dataKey).update('journal').digest().subarray(0, 24),
  ]);

/** `blank`: a power cut came before the preamble was durable, so nothing after it is either. */
export function checkPreamble(fd: number, dataKey: KeyObject): 'ours' | 'blank' | 'foreign' {
  const found = Buffer.alloc(preambleBytes);
  const count = readSync(fd, found, 0, preambleBytes, 0);
  if (count < preambleBytes || found.every((byte) => byte === 0)) return 'blank';
  return timingSafeEqual(found, preamble(dataKey)) ? 'ours' : 'foreign';
}

export type Scan = {
  readonly contents: VaultContents;
  /** Where the records end: what follows is torn, or not a record. */
  readonly endBytes: number;
  /** Everything before this is known to have been durable once. */
  readonly durableBytes: number;
};

/** All whole records among the first `fileBytes`. Of two records for one place the first counts. */
export async function scanRecords(fd: number, fileBytes: number): Promise<Scan> {
  const contents = new VaultContents();
  const bytes = Buffer.alloc(headerBytes);
  let offset = preambleBytes;
  let durableBytes = 0;
  for (let count = 1; offset + headerBytes <= fileBytes; count++) {
    if (count % headersPerTurn === 0) await setImmediate();
    if (readSync(fd, bytes, 0, headerBytes, offset) < headerBytes) break;
    const header = decodeHeader(bytes);
    if (header === null || offset + recordBytes(header) > fileBytes) break;
    const { place, length, sha256 } = header;
    if (!contents.has(place)) contents.add({ place, length, sha256, offset });
    durableBytes = Math.max(durableBytes, header.durableBytes);
    offset += recordBytes(header);
  }
  return { contents, endBytes: offset, durableBytes };
}

/**
 * Whether some record after `endBytes` says that more than that was durable: then the journal was
 * altered there, and what follows is no torn tail to be cut.
 */
export async function hasDurableRecordBeyond(
  fd: number,
  endBytes: number,
  fileBytes: number,
): Promise<boolean> {
  const block = Buffer.alloc(searchBytes);
  const magic = Buffer.from('DBV1');
  // Blocks overlap by a header, so that none is missed across their border.
  for (let at = endBytes; at < fileBytes; at += searchBytes - headerBytes) {
    const read = block.subarray(0, readSync(fd, block, 0, searchBytes, at));
    for (let i = read.indexOf(magic); i >= 0; i = read.indexOf(magic, i + 1)) {
      const header = decodeHeader(read.subarray(i, i + headerBytes));
      if (header !== null && header.durableBytes > endBytes) return true;
    }
    await setImmediate();
  }
  return false;
}
