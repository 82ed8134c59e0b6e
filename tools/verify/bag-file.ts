/** Reading files of a bag: never through a link, never another file than the walk found. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { bagLimits } from '../../cloud-stub/legal/export-manifest.ts';
import type { FoundFile } from './bag-walk.ts';

const pieceBytes = 1 << 18;

/** The file is not what it has to be; the message is the end of a sentence about it. */
export class BagFileError extends Error {
  override readonly name = 'BagFileError';
  readonly path: string;
  constructor(path: string, because: string, options?: ErrorOptions) {
    super(because, options);
    this.path = path;
  }
}

/** The same buffer each time: use a piece before asking for the next. */
export async function* readPieces(folder: string, found: FoundFile): AsyncIterable<Buffer> {
  const file = await openFound(folder, found);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(1, found.sizeBytes)));
    let position = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      if (position > found.sizeBytes) break;
      yield buffer.subarray(0, bytesRead);
    }
    if (position !== found.sizeBytes) {
      throw new BagFileError(found.path, 'changed while it was read');
    }
  } finally {
    await file.close();
  }
}

/** A small file whole. Throws BagFileError when it is larger than `bytesMax`. */
export async function readSmall(
  folder: string,
  found: FoundFile,
  bytesMax: number = bagLimits.smallFileBytesMax,
): Promise<Buffer> {
  if (found.sizeBytes > bytesMax) {
    throw new BagFileError(found.path, `has more than ${bytesMax} bytes`);
  }
  const parts: Buffer[] = [];
  for await (const piece of readPieces(folder, found)) parts.push(Buffer.from(piece));
  return Buffer.concat(parts);
}

/** Lines without their line feeds, which every one of them has. Throws BagFileError. */
export async function* readLines(folder: string, found: FoundFile): AsyncIterable<string> {
  const { path } = found;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of readPieces(folder, found)) {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
      const line = piece.subarray(from, end);
      yield textOf(path, rest.length === 0 ? line : Buffer.concat([rest, line]));
      rest = Buffer.alloc(0);
      from = end + 1;
    }
    rest = Buffer.concat([rest, piece.subarray(from)]);
    if (rest.length > bagLimits.lineBytesMax) {
      throw new BagFileError(path, `has a line of more than ${bagLimits.lineBytesMax} bytes`);
    }
  }
  if (rest.length > 0) throw new BagFileError(path, 'does not end with a line feed');
}

export function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new BagFileError(path, 'is not UTF-8', { cause });
  }
}

async function openFound(folder: string, { path, device, inode }: FoundFile): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    throw new BagFileError(path, 'cannot be read', { cause });
  }
  const now = await file.stat();
  if (now.dev === device && now.ino === inode && now.isFile()) return file;
  await file.close();
  throw new BagFileError(path, 'was replaced while it was looked at');
}
