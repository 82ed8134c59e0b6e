/** A bag as it comes over HTTP: a POSIX tar (IEEE 1003.1, ustar), read whole; bags of scenarios are small. */
import type { ReadableBag } from '../scenario-cloud.ts';
import { CloudHttpError } from './cloud-http.ts';

const blockBytes = 512;

/** Throws CloudHttpError when it is none. */
export function readTar(tar: Uint8Array): ReadableBag {
  const bytes = Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength);
  const files = new Map<string, Buffer>();
  for (let at = 0; at + blockBytes <= bytes.length; ) {
    const header = bytes.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) break;
    if (text(header, 257, 5) !== 'ustar') throw new CloudHttpError('the bag is no tar');
    const size = Number.parseInt(text(header, 124, 12), 8);
    const prefix = text(header, 345, 155);
    const name = prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
    const from = at + blockBytes;
    const isFile = header[156] === 0x30 || header[156] === 0;
    if (isFile) files.set(name, bytes.subarray(from, from + size));
    at = from + Math.ceil(size / blockBytes) * blockBytes;
  }
  const root = [...files.keys()][0]?.split('/')[0] ?? '';
  return {
    name: root,
    files: [...files.keys()].map((name) => ({ path: name.slice(root.length + 1) })),
    async *read(path) {
      const found = files.get(`${root}/${path}`);
      if (found === undefined) throw new CloudHttpError(`the bag has no ${path}`);
      yield found;
    },
    close: async () => {},
  };
}

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field
    .subarray(0, end === -1 ? length : end)
    .toString('utf8')
    .trim();
}
