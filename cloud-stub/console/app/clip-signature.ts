/**
 * Whether a clip is what its doorbell signed: opening and final (or, where it fell silent, its last mark) by the key of
 * its certificate, and each byte of the footage by their root. What is signed stands in wire.md, Manifests.
 */
import { type Bytes, fromBase64, joined, toHex, utf8 } from './bytes.ts';

type Signed = Readonly<Record<string, unknown>> & { readonly sig: string };
export type ClipSignatures = {
  readonly opening: Signed;
  readonly final: Signed | null;
  readonly mark: Signed | null;
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
  readonly chunkBytes: readonly number[];
};

export type SignatureVerdict =
  /** `key`: 16 hex digits of the SHA-256 of the doorbell's public key. */
  | { readonly kind: 'signed' | 'signed-so-far'; readonly key: string }
  /** As the end of "it is not signed by its doorbell: ...". */
  | { readonly kind: 'unsigned'; readonly because: string };

const { subtle } = crypto;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export async function checkSignatures(
  { clip, e2ee }: { readonly clip: string; readonly e2ee: object | null },
  { opening, final, mark, publicKey }: ClipSignatures,
  chunkHashes: readonly Bytes[],
): Promise<SignatureVerdict> {
  const unsigned = (because: string): SignatureVerdict => ({ kind: 'unsigned', because });
  const spki = fromBase64(publicKey);
  const key = await subtle.importKey('spki', spki, algorithm, false, ['verify']);
  const isSigned = async (text: string, { sig }: Signed): Promise<boolean> => {
    const raw = rawSignature(sig);
    const hash = { name: 'ECDSA', hash: 'SHA-256' };
    return raw !== null && subtle.verify(hash, key, raw, utf8(text));
  };
  const isOf = (message: Signed): boolean => message['clip'] === clip;
  const isRoot = async (message: Signed): Promise<boolean> =>
    toHex(await subtle.digest('SHA-256', joined(...chunkHashes))) === message['root'];

  if (!isOf(opening) || !(await isSigned(signedOpening(opening), opening))) {
    return unsigned('its opening is not signed by the key that the doorbell has');
  }
  if (canonicalJson(opening['e2ee'] ?? null) !== canonicalJson(e2ee)) {
    return unsigned('it is sealed for other keys than its doorbell sealed it for');
  }
  const id = toHex(await subtle.digest('SHA-256', spki)).slice(0, 16);
  const ending = final ?? mark;
  if (ending === null) {
    return chunkHashes.length === 0
      ? { kind: 'signed-so-far', key: id }
      : unsigned('nothing that its doorbell signed speaks of these pictures');
  }
  const text =
    final === null
      ? canonicalJson(withoutSignature(ending))
      : `[${signedOpening(opening)},${canonicalJson(withoutSignature(final))}]`;
  if (!isOf(ending) || !(await isSigned(text, ending))) {
    return unsigned('its end is not signed by the key that the doorbell has');
  }
  if (!(await isRoot(ending))) {
    return unsigned('its bytes are not those that its doorbell signed');
  }
  return { kind: final === null ? 'signed-so-far' : 'signed', key: id };
}

/** Hashes what passes, cut into chunks of these lengths. */
export function hashingChunks(
  footage: AsyncIterable<Uint8Array>,
  chunkBytes: readonly number[],
): { readonly footage: AsyncIterable<Uint8Array>; hashes(): Promise<readonly Bytes[]> } {
  const hashes: Promise<ArrayBuffer>[] = [];
  let parts: Uint8Array[] = [];
  let missing = chunkBytes[0] ?? Number.POSITIVE_INFINITY;
  const end = (): void => {
    hashes.push(subtle.digest('SHA-256', joined(...parts)));
    parts = [];
    missing = chunkBytes[hashes.length] ?? Number.POSITIVE_INFINITY;
  };
  async function* passing(): AsyncIterable<Uint8Array> {
    for await (const bytes of footage) {
      let rest = bytes;
      while (rest.length >= missing) {
        parts.push(rest.subarray(0, missing));
        rest = rest.subarray(missing);
        end();
      }
      if (rest.length > 0) parts.push(rest);
      missing -= rest.length;
      yield bytes;
    }
  }
  return {
    footage: passing(),
    async hashes() {
      if (parts.length > 0) end();
      return (await Promise.all(hashes)).map((hash) => new Uint8Array(hash));
    },
  };
}

function signedOpening(opening: Signed): string {
  const { uptimeNowMs: _now, ...clock } = opening['clock'] as Record<string, unknown>;
  return canonicalJson({ ...withoutSignature(opening), clock });
}

function withoutSignature({ sig: _sig, ...rest }: Signed): object {
  return rest;
}

/** RFC 8785; `JSON.stringify` writes numbers and strings as it wants them. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join()}}`;
}

/** The two numbers of 32 bytes, as WebCrypto wants them, from ECDSA-Sig-Value in DER; null: it is none. */
function rawSignature(sig: string): Bytes | null {
  const der = fromBase64(sig);
  const numbers: Bytes[] = [];
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return null;
  for (let at = 2; at < der.length; at += 2 + (der[at + 1] ?? 0)) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    if (der[at] !== 0x02 || number.length !== length || length > 33) return null;
    const digits = number.length === 33 ? number.subarray(1) : number;
    numbers.push(joined(new Uint8Array(32 - digits.length), digits));
  }
  const [r, s, ...more] = numbers;
  return r === undefined || s === undefined || more.length > 0 ? null : joined(r, s);
}
