/**
 * A doorbell's P-256 key from a seed, and signatures that are the same each time (RFC 6979), so that a seed gives the
 * same messages byte for byte. For simulated doorbells only: who knows the seed knows the key.
 */
import {
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
} from 'node:crypto';
import type { Signer } from '../../device/board.ts';

export type SeededKey = Signer & { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** The order of P-256's group (FIPS 186-4, D.1.2.3). */
const groupOrder = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export function makeSeededKey(seed: string): SeededKey {
  const secret = (toNumber(sha256(Buffer.from(seed))) % (groupOrder - 1n)) + 1n;
  return keyOfSecret(secret);
}

/** `secret` from 1 to the group's order, exclusive. */
export function keyOfSecret(secret: bigint): SeededKey {
  const point = publicPoint(secret);
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: toBytes(secret).toString('base64url'),
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return {
    privateKey,
    publicKey: createPublicKey(privateKey),
    sign: (bytes) => signature(secret, sha256(bytes)),
  };
}

function signature(secret: bigint, digest: Buffer): Uint8Array {
  for (const nonce of nonces(secret, digest)) {
    const r = toNumber(publicPoint(nonce).subarray(1, 33)) % groupOrder;
    const s = modulo(inverse(nonce) * (toNumber(digest) + r * secret));
    if (r !== 0n && s !== 0n) return derSequence(derInteger(r), derInteger(s));
  }
  throw new RangeError('no nonce was found');
}

/** RFC 6979, section 3.2. */
function* nonces(secret: bigint, digest: Buffer): Iterable<bigint> {
  const material = Buffer.concat([toBytes(secret), toBytes(modulo(toNumber(digest)))]);
  let key: Buffer = Buffer.alloc(32, 0);
  let value: Buffer = Buffer.alloc(32, 1);
  for (const round of [0, 1]) {
    key = hmac(key, value, Buffer.from([round]), material);
    value = hmac(key, value);
  }
  for (;;) {
    value = hmac(key, value);
    const nonce = toNumber(value);
    if (nonce >= 1n && nonce < groupOrder) yield nonce;
    key = hmac(key, value, Buffer.from([0]));
    value = hmac(key, value);
  }
}

/** `scalar` times the generator, uncompressed: 4, x, y. */
function publicPoint(scalar: bigint): Buffer {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(toBytes(scalar));
  return curve.getPublicKey();
}

/** By Fermat: the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let base = modulo(value);
  for (let exponent = groupOrder - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = modulo(result * base);
    base = modulo(base * base);
  }
  return result;
}

const modulo = (value: bigint): bigint => ((value % groupOrder) + groupOrder) % groupOrder;
const toNumber = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function derInteger(value: bigint): Buffer {
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  // A leading bit would make it negative.
  if (Number.parseInt(hex.slice(0, 2), 16) >= 0x80) hex = `00${hex}`;
  return Buffer.concat([Buffer.from([0x02, hex.length / 2]), Buffer.from(hex, 'hex')]);
}
const derSequence = (...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
};
