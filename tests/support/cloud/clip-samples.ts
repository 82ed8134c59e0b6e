/**
 * Names, keys and bytes for tests of storage: made from a number, so that a failure can be
 * repeated.
 */
import { createHash } from 'node:crypto';
import type { ClipKey, Entropy } from '../../../cloud-stub/ports.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';

export const thingNamed = (name: string): ThingName => name as ThingName;

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The n-th ULID of a row that ascends. */
export function ulidNumbered(n: number): Ulid {
  let digits = '';
  for (let left = n; left > 0; left = Math.floor(left / 32)) digits = crockford[left % 32] + digits;
  return `01J${digits.padStart(23, '0')}` as Ulid;
}

export const clipNumbered = (n: number, thing = 'porch'): ClipKey => ({
  thing: thingNamed(thing),
  clip: ulidNumbered(n),
});

/** Bytes that look random and are the same each time. */
export function sampleBytes(length: number, seed: number | string): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) {
    blocks.push(createHash('sha256').update(`${seed}/${i}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

export const sha256Of = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export function seededEntropy(seed: number | string): Entropy {
  let draws = 0;
  return { bytes: (count) => Uint8Array.from(sampleBytes(count, `${seed}#${draws++}`)) };
}
