/**
 * An owner's private key, and what was encrypted for it: HPKE (RFC 9180), the receiver's half, with
 * DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The sender's half is device/wire/hpke.ts.
 */
import { type Bytes, fromBase64, joined, openGcm, type SecretKey, toHex, utf8 } from './bytes.ts';

/** Ready to be used, and no longer readable. */
export type OwnerKey = {
  /** As clips name it: 16 hex digits of the SHA-256 of its public half. */
  readonly id: string;
  readonly point: Bytes;
  readonly privateKey: SecretKey;
};

/** The text is no private key that opens footage. */
export class OwnerKeyError extends Error {
  override readonly name = 'OwnerKeyError';
}

const { subtle } = crypto;
const curve = { name: 'ECDH', namedCurve: 'P-256' } as const;
const none = new Uint8Array();

/** Reads a PKCS #8 private key of P-256 in PEM. Throws OwnerKeyError. */
export async function readOwnerKey(pem: string): Promise<OwnerKey> {
  const [, base64] =
    /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(pem) ?? [];
  if (base64 === undefined) {
    throw new OwnerKeyError('it has no BEGIN PRIVATE KEY: expected the file of an owner’s key');
  }
  try {
    const der = fromBase64(base64.replaceAll(/\s/g, ''));
    // Readable once, for its public half; kept as one that no script can read again.
    const readable = await subtle.importKey('pkcs8', der, curve, true, ['deriveBits']);
    const { x = '', y = '' } = await subtle.exportKey('jwk', readable);
    const point = joined(Uint8Array.of(4), fromBase64(x), fromBase64(y));
    return {
      id: toHex(await subtle.digest('SHA-256', point)).slice(0, 16),
      point,
      privateKey: await subtle.importKey('pkcs8', der, curve, false, ['deriveBits']),
    };
  } catch (cause) {
    throw new OwnerKeyError('it is no private key of the curve P-256', { cause });
  }
}

const kemSuite = Uint8Array.of(0x4b, 0x45, 0x4d, 0x00, 0x10);
const suite = Uint8Array.of(0x48, 0x50, 0x4b, 0x45, 0x00, 0x10, 0x00, 0x01, 0x00, 0x02);

/** Base mode, one message. Throws when `sealed` is not for this key and `info`. */
export async function openSealed(
  { privateKey, point }: Pick<OwnerKey, 'privateKey' | 'point'>,
  enc: Bytes,
  info: Bytes,
  sealed: Bytes,
  aad: Bytes = none,
): Promise<Bytes> {
  const sender = await subtle.importKey('raw', enc, curve, false, []);
  const secretOfBoth = await subtle.deriveBits({ name: 'ECDH', public: sender }, privateKey, 256);
  const prk = await extracted(kemSuite, none, 'eae_prk', new Uint8Array(secretOfBoth));
  const shared = await expanded(kemSuite, prk, 'shared_secret', joined(enc, point), 32);
  const context = joined(
    Uint8Array.of(0),
    await extracted(suite, none, 'psk_id_hash', none),
    await extracted(suite, none, 'info_hash', info),
  );
  const secret = await extracted(suite, shared, 'secret', none);
  const raw = await expanded(suite, secret, 'key', context, 32);
  const key = await subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  return openGcm(key, await expanded(suite, secret, 'base_nonce', context, 12), aad, sealed);
}

async function hmac(key: Uint8Array, text: Bytes): Promise<Bytes> {
  // A key of zeros is what HMAC makes of an empty one, which WebCrypto refuses.
  const bytes = key.length === 0 ? new Uint8Array(32) : new Uint8Array(key);
  const hash = { name: 'HMAC', hash: 'SHA-256' };
  const made = await subtle.importKey('raw', bytes, hash, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', made, text));
}

const extracted = (id: Bytes, salt: Bytes, label: string, ikm: Bytes): Promise<Bytes> =>
  hmac(salt, joined(utf8('HPKE-v1'), id, utf8(label), ikm));

async function expanded(
  id: Bytes,
  prk: Bytes,
  label: string,
  info: Bytes,
  length: number,
): Promise<Bytes> {
  const text = joined(utf8('HPKE-v1'), id, utf8(label), info);
  const block = await hmac(prk, joined(Uint8Array.of(0, length), text, Uint8Array.of(1)));
  return block.slice(0, length);
}
