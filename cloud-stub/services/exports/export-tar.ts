/**
 * A bag as one POSIX tar (ustar, IEEE 1003.1), made while it is sent: files in order of their names,
 * nobody's in particular, all of the moment the bag was frozen; the same bag, the same bytes.
 */
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import { compareText, type ListedFile } from '../../legal/export-manifest.ts';

const blockBytes = 512;
/** Two blocks of zeros end it. */
export const tarEndBytes = 2 * blockBytes;
/** Eleven octal digits. */
const fileBytesMax = 8 ** 11 - 1;

export const tarBytes = (files: readonly ListedFile[]): number =>
  files.reduce((sum, { sizeBytes }) => sum + blockBytes + padded(sizeBytes), 0) + tarEndBytes;

export async function* tarOf<File extends ListedFile>(
  folder: string,
  files: readonly File[],
  frozenAt: EpochMs,
  read: (file: File) => AsyncIterable<Uint8Array>,
  isLast = true,
): AsyncIterable<Uint8Array> {
  for (const file of files.toSorted((a, b) => compareText(a.path, b.path))) {
    yield header(`${folder}/${file.path}`, file.sizeBytes, frozenAt);
    yield* read(file);
    const rest = padded(file.sizeBytes) - file.sizeBytes;
    if (rest > 0) yield Buffer.alloc(rest);
  }
  if (isLast) yield Buffer.alloc(tarEndBytes);
}

const padded = (sizeBytes: number): number => Math.ceil(sizeBytes / blockBytes) * blockBytes;

function header(path: string, sizeBytes: number, at: EpochMs): Buffer {
  if (sizeBytes > fileBytesMax) throw new RangeError(`${path} is too large for a tar`);
  const block = Buffer.alloc(blockBytes);
  const [prefix, name] = splitName(path);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  block.write(name, 0, 'latin1');
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(sizeBytes, 124, 11);
  octal(Math.floor(epochMs(Math.max(0, at)) / 1000), 136, 11);
  block.write('        0', 148, 'latin1');
  block.write('ustar\0' + '00', 257, 'latin1');
  octal(0, 329, 7);
  octal(0, 337, 7);
  block.write(prefix, 345, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A name has 100 bytes; what does not fit stands before its last slash but so many. */
function splitName(path: string): readonly [prefix: string, name: string] {
  if (path.length <= 100) return ['', path];
  const slash = path.indexOf('/', path.length - 101);
  if (slash < 0 || slash > 155) throw new RangeError(`${path} is too long for a tar`);
  return [path.slice(0, slash), path.slice(slash + 1)];
}
