import { verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyOfSecret, makeSeededKey } from '../../../tools/simulation/seeded-key.ts';

// RFC 6979, A.2.5: P-256 with SHA-256.
const secret = 0xc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721n;
const vectors = [
  {
    message: 'sample',
    r: 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
    s: 'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  },
  {
    message: 'test',
    r: 'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367',
    s: '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
  },
];

test.each(vectors)('signs "$message" as RFC 6979 says', ({ message, r, s }) => {
  const der = Buffer.from(keyOfSecret(secret).sign(Buffer.from(message))).toString('hex');
  // Either number may carry a zero in front, so that it is not negative.
  expect(der).toMatch(new RegExp(`^30..02..(00)?${r}02..(00)?${s.replace(/^0+/, '0?')}$`));
});

test('what it signs verifies with its public key, and is the same each time', () => {
  const { publicKey, sign } = makeSeededKey('one');
  for (let n = 0; n < 40; n++) {
    const bytes = Buffer.from(`message ${n}`);
    const signature = sign(bytes);
    expect(verify('sha256', bytes, publicKey, signature)).toBe(true);
    expect(sign(bytes)).toEqual(signature);
  }
});

test('another seed is another key', () => {
  const keys = ['one', 'two'].map((seed) =>
    makeSeededKey(seed).publicKey.export({ format: 'jwk' }),
  );
  expect(keys[0]).not.toEqual(keys[1]);
});
