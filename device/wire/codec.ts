/**
 * Bytes of messages: reading them with every limit applied, writing them canonically, and what exactly is hashed
 * and signed (wire.md, Manifests).
 */
import assert from 'node:assert/strict';
import { createHash, type KeyObject, hash as oneShotHash, verify } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { limits } from './limits.ts';
import type { DeviceEvent, Final, Mark, Opening, Unsigned } from './messages.ts';

export type Decoded<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly because: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON message. What is malformed, too large, too deep or unknown is refused with a reason. [WIRE-9] */
export function decode<Message>(schema: z.ZodType<Message>, bytes: Uint8Array): Decoded<Message> {
  if (bytes.length > limits.jsonBytesMax) {
    return refused(`${bytes.length} bytes of JSON, expected at most ${limits.jsonBytesMax}`);
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refused('not UTF-8');
  }
  // The depth is counted before parsing: a deep document must not reach a recursive reader.
  if (jsonDepth(text) > limits.jsonDepthMax) {
    return refused(`JSON nested deeper than ${limits.jsonDepthMax}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('not JSON');
  }
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { ok: true, message: parsed.data }
    : refused(z.prettifyError(parsed.error).slice(0, 500));
}

const refused = (because: string): { readonly ok: false; readonly because: string } => ({
  ok: false,
  because,
});

/** The greatest nesting of braces and brackets outside strings. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  return deepest;
}

/** RFC 8785 canonical JSON. */
export function canonicalJson(value: object): string {
  const text = canonicalize(value);
  assert(text !== undefined, 'an object has a canonical form');
  return text;
}

export const encode = (message: object): Uint8Array => Buffer.from(canonicalJson(message));

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return oneShotHash('sha256', only, 'buffer');
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The root of a clip: SHA-256 over the concatenated SHA-256 of each chunk, in order, as hex. */
export const clipRoot = (chunkHashes: readonly Uint8Array[]): string =>
  sha256(...chunkHashes).toString('hex');

/** What the signature of an opening covers: all of it but `sig` and `uptimeNowMs`. */
export function openingSignedBytes(opening: Unsigned<Opening>): Uint8Array {
  const { sig: _sig, ...rest } = opening as Opening;
  const { uptimeNowMs: _now, ...clock } = rest.clock;
  return encode({ ...rest, clock });
}

/** What the signature of a final covers: `[opening, final]`, each as it is signed itself. */
export function finalSignedBytes(opening: Unsigned<Opening>, final: Unsigned<Final>): Uint8Array {
  return Buffer.concat([
    Buffer.from('['),
    openingSignedBytes(opening),
    Buffer.from(','),
    withoutSignature(final),
    Buffer.from(']'),
  ]);
}

export const markSignedBytes = (mark: Unsigned<Mark>): Uint8Array => withoutSignature(mark);

/** What the signature of an event covers: all of it but `sig` and `uptimeNowMs`. */
export function eventSignedBytes(event: Unsigned<DeviceEvent>): Uint8Array {
  if (event.clock === undefined) return withoutSignature(event);
  const { uptimeNowMs: _now, ...clock } = event.clock;
  return withoutSignature({ ...event, clock });
}

/** What the next final's `prev` names; without the signature, as ECDSA signatures are random. [DEV-5] */
export const finalHash = (final: Unsigned<Final>): string =>
  sha256(withoutSignature(final)).toString('hex');

function withoutSignature(message: object): Uint8Array {
  const { sig: _sig, ...rest } = message as { sig?: string };
  return encode(rest);
}

/** Whether `sig` (ECDSA P-256 with SHA-256, DER, base64url) is `publicKey`'s over `bytes`. */
export function verifySignature(bytes: Uint8Array, sig: string, publicKey: KeyObject): boolean {
  try {
    return verify('sha256', bytes, publicKey, Buffer.from(sig, 'base64url'));
  } catch {
    return false; // not DER, or not a point: a forged signature, not a fault of ours [WIRE-9]
  }
}

/** A DER signature as it stands in `sig`. */
export const signatureText = (der: Uint8Array): string => Buffer.from(der).toString('base64url');
