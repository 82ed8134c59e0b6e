/** CRC-32C (Castagnoli; RFC 3720 appendix B.4), eight bytes a step ("slicing-by-8", Intel 2006). */

const polynomialReflected = 0x82f63b78;

const tables: readonly Int32Array[] = makeTables();

function makeTables(): Int32Array[] {
  const all = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomialReflected : crc >>> 1;
    (all[0] as Int32Array)[byte] = crc;
  }
  for (let slice = 1; slice < 8; slice++) {
    const before = all[slice - 1] as Int32Array;
    const table = all[slice] as Int32Array;
    for (let byte = 0; byte < 256; byte++) {
      const crc = before[byte] as number;
      table[byte] = (crc >>> 8) ^ ((all[0] as Int32Array)[crc & 0xff] as number);
    }
  }
  return all;
}

/** The checksum as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as readonly [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const at = (table: Int32Array, index: number): number => table[index] as number;
  const octet = (index: number): number => bytes[index] as number;
  let crc = -1;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    const low =
      crc ^ (octet(i) | (octet(i + 1) << 8) | (octet(i + 2) << 16) | (octet(i + 3) << 24));
    crc =
      at(t7, low & 0xff) ^
      at(t6, (low >>> 8) & 0xff) ^
      at(t5, (low >>> 16) & 0xff) ^
      at(t4, low >>> 24) ^
      at(t3, octet(i + 4)) ^
      at(t2, octet(i + 5)) ^
      at(t1, octet(i + 6)) ^
      at(t0, octet(i + 7));
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ at(t0, (crc ^ octet(i)) & 0xff);
  return ~crc >>> 0;
}

/** The checksum as it stands in a chunk's topic: eight lower-case hex digits. */
export const crc32cHex = (bytes: Uint8Array): string => crc32c(bytes).toString(16).padStart(8, '0');
