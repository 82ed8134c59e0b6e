import { expect, test } from 'vitest';
import { crc32c, crc32cHex } from '../../../device/wire/crc32c.ts';

test.each([
  // RFC 3720 appendix B.4
  ['32 bytes of zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 bytes ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['32 bytes descending', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['the check string', Buffer.from('123456789'), 0xe3069283],
  ['nothing', new Uint8Array(0), 0],
])('CRC-32C of %s is the published value', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('the topic form keeps its leading zeros', () => {
  expect(crc32cHex(new Uint8Array(0))).toBe('00000000');
});
