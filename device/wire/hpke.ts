/**
 * Hybrid public key encryption (RFC 9180), the sender's half, for one message in base mode:
 * DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. All of it is synchronous, so that it replays.
 */
import { createCipheriv, createECDH, createHmac } from 'node:crypto';

export const gcmTagBytes = 16;

export type Encapsulated = {
  /** The ephemeral public key, an uncompressed point: `enc` of RFC 9180. */
  readonly ephemeral: Uint8Array;
  readonly sealed: Uint8Array;
};

export type HpkeMessage = {
  readonly info: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly aad?: Uint8Array;
};

const curve = 'prime256v1';
const kemSuite = Buffer.from('4b454d0010', 'hex'); // "KEM", DHKEM(P-256, HKDF-SHA256)
const suite = Buffer.from('48504b45001000010002', 'hex'); // "HPKE", the KEM, HKDF-SHA256, AES-256-GCM
const none = new Uint8Array();

/**
 * `plaintext` for whoever holds the private key of `recipient`, an uncompressed point. `ephemeral` is a private key
 * drawn for this message alone. Throws when `recipient` is no point of the curve.
 */
export function sealTo(
  recipient: Uint8Array,
  ephemeral: Uint8Array,
  message: HpkeMessage,
): Encapsulated {
  const { info, plaintext, aad = none } = message;
  const pair = createECDH(curve);
  pair.setPrivateKey(ephemeral);
  const enc = pair.getPublicKey();
  const shared = expanded(
    kemSuite,
    extracted(kemSuite, none, 'eae_prk', pair.computeSecret(recipient)),
    'shared_secret',
    Buffer.concat([enc, recipient]),
    32,
  );
  const context = Buffer.concat([
    Buffer.of(0), // base mode
    extracted(suite, none, 'psk_id_hash', none),
    extracted(suite, none, 'info_hash', info),
  ]);
  const secret = extracted(suite, shared, 'secret', none);
  const key = expanded(suite, secret, 'key', context, 32);
  const nonce = expanded(suite, secret, 'base_nonce', context, 12);
  return { ephemeral: enc, sealed: sealGcm({ key, nonce, aad }, plaintext) };
}

/** A private key of P-256: one draw in 2^32 is not below the curve's order, and is drawn again. */
export function drawPrivateKey(draw: (count: number) => Uint8Array): Uint8Array {
  for (let attempt = 0; attempt < 8; attempt++) {
    const key = draw(32);
    try {
      createECDH(curve).setPrivateKey(key);
      return key;
    } catch {
      // Zero, or beyond the order.
    }
  }
  throw new Error('the source of randomness gives no private key');
}

export type GcmUse = {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
};

/** AES-256-GCM: the ciphertext, and its tag behind it. */
export function sealGcm({ key, nonce, aad }: GcmUse, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

const hmac = (key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Buffer => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** LabeledExtract. */
const extracted = (id: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Buffer =>
  hmac(salt, 'HPKE-v1', id, label, ikm);

/** LabeledExpand, of at most one block. */
const expanded = (
  id: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Buffer =>
  hmac(prk, Buffer.of(0, length), 'HPKE-v1', id, label, info, Buffer.of(1)).subarray(0, length);
