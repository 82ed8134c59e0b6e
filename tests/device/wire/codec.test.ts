import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clipRoot,
  decode,
  encode,
  eventSignedBytes,
  finalHash,
  openingSignedBytes,
  sha256,
  signatureText,
  verifySignature,
} from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import {
  commandSchema,
  eventSchema,
  finalSchema,
  markSchema,
  openingSchema,
  receiptSchema,
} from '../../../device/wire/messages.ts';
import { epochMs, milliseconds, uptimeMs } from '../../../device/wire/time.ts';

const clip = '01JD0000000000000000000000' as Ulid;
const sig = 'A'.repeat(96);
const opening = {
  v: 1 as const,
  clip,
  boot: 3,
  seq: 7,
  trigger: 'ding' as const,
  startedAt: epochMs(1_700_000_000_000),
  clock: { uptimeAtStartMs: uptimeMs(10), uptimeNowMs: uptimeMs(20), syncedAtUptimeMs: null },
  mediaType: 'video/mp4' as const,
  codec: 'avc1.64001f',
  preRoll: {
    requestedMs: milliseconds(4000),
    deliveredMs: milliseconds(4200),
    firstIdrOffsetMs: milliseconds(0),
    gapMs: milliseconds(0),
  },
};
const final = {
  v: 1 as const,
  clip,
  seq: 7,
  disposition: 'complete' as const,
  chunks: 2,
  size: 100,
  root: 'a'.repeat(64),
  endedAt: epochMs(1_700_000_009_000),
  triggers: [{ kind: 'ding' as const, at: epochMs(1), offsetMs: milliseconds(4200) }],
  truncated: false,
  prev: null,
};

describe('messages', () => {
  test.each([
    ['opening', openingSchema, { ...opening, sig }],
    ['final', finalSchema, { ...final, sig }],
    ['mark', markSchema, { v: 1, clip, chunks: 1, root: 'b'.repeat(64), sig }],
    ['receipt', receiptSchema, { v: 1, clip, state: 'stored', next: 2, have: [[0, 1]], window: 8 }],
    [
      'event',
      eventSchema,
      { v: 1, id: clip, seq: 0, kind: 'ding', at: 1, data: { a: [1, 'x'] }, sig },
    ],
  ])('an %s is read back as it was written', (_name, schema, message) => {
    expect(decode(schema as never, encode(message))).toEqual({ ok: true, message });
  });

  const bytesOf = (text: string): Uint8Array => Buffer.from(text);
  test.each([
    ['nothing', openingSchema, bytesOf('')],
    ['no JSON', openingSchema, bytesOf('{"v":1')],
    ['no UTF-8', openingSchema, Uint8Array.of(0x22, 0xff, 0x22)],
    ['an array', openingSchema, bytesOf('[]')],
    ['another version', openingSchema, encode({ ...opening, sig, v: 2 })],
    ['no signature', openingSchema, encode(opening)],
    ['an unknown member', openingSchema, encode({ ...opening, sig, extra: 1 })],
    [
      'a fraction of a chunk',
      markSchema,
      encode({ v: 1, clip, chunks: 1.5, root: 'b'.repeat(64), sig }),
    ],
    ['too many chunks', markSchema, encode({ v: 1, clip, chunks: 1e9, root: 'b'.repeat(64), sig })],
    ['a time before time', finalSchema, encode({ ...final, endedAt: -1, sig })],
    ['a root in capitals', finalSchema, encode({ ...final, root: 'A'.repeat(64), sig })],
    ['a foreign disposition', finalSchema, encode({ ...final, disposition: 'lost', sig })],
    [
      'a command unheard of',
      commandSchema,
      encode({ id: clip, name: 'explode', expiresAt: 1, data: {} }),
    ],
    ['JSON of 128 KiB', openingSchema, bytesOf(`{"v":${' '.repeat(128 * 1024)}1}`)],
    ['deep nesting', openingSchema, bytesOf('['.repeat(30_000))],
    ['a nested event', eventSchema, bytesOf(`{"data":${'{"a":'.repeat(20)}1${'}'.repeat(21)}`)],
    ['a prototype', openingSchema, bytesOf('{"__proto__":{"v":1},"v":1}')],
  ])('WIRE-9: %s is refused with a reason', (_name, schema, bytes) => {
    const decoded = decode(schema as never, bytes);
    expect(decoded.ok).toBe(false);
    expect(decoded.ok ? '' : decoded.because).not.toBe('');
  });

  test('WIRE-9: an event whose data names __proto__ pollutes nothing', () => {
    const data = '{"__proto__":{"polluted":1}}';
    const text = `{"v":1,"id":"${clip}","seq":0,"kind":"ding","at":1,"data":${data},"sig":"${sig}"}`;
    decode(eventSchema, Buffer.from(text));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('WIRE-9: no bytes make the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decode(receiptSchema, bytes).ok).toBe(false);
      }),
    );
    expect(decode(receiptSchema, new Uint8Array(limits.jsonBytesMax + 1)).ok).toBe(false);
  });
});

describe('what is signed', () => {
  test('the signature of an opening does not cover uptimeNowMs, and covers all else', () => {
    const later = { ...opening, clock: { ...opening.clock, uptimeNowMs: uptimeMs(99) } };
    expect(openingSignedBytes(later)).toEqual(openingSignedBytes(opening));
    const changed = { ...opening, startedAt: epochMs(1) };
    expect(openingSignedBytes(changed)).not.toEqual(openingSignedBytes(opening));
  });

  test('DEV-5: the hash of a final leaves its signature out', () => {
    expect(finalHash({ ...final, sig } as never)).toBe(finalHash(final));
    expect(finalHash({ ...final, size: 101 })).not.toBe(finalHash(final));
  });

  test('DEV-5: a signature holds for its bytes and its key only', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const event = {
      v: 1 as const,
      id: clip,
      seq: 1,
      kind: 'ding' as const,
      at: epochMs(1),
      data: {},
    };
    const bytes = eventSignedBytes(event);
    const text = signatureText(sign('sha256', bytes, privateKey));
    expect(verifySignature(bytes, text, publicKey)).toBe(true);
    expect(verifySignature(bytes, text, stranger)).toBe(false);
    expect(verifySignature(eventSignedBytes({ ...event, seq: 2 }), text, publicKey)).toBe(false);
    expect(verifySignature(bytes, 'not-a-signature', publicKey)).toBe(false);
  });

  test('the signature of an event covers its clock, but not the uptime of its sending', () => {
    const clock = {
      boot: 2,
      uptimeAtMs: uptimeMs(5),
      uptimeNowMs: null,
      syncedAtUptimeMs: null,
    };
    const event = {
      v: 1 as const,
      id: clip,
      seq: 1,
      kind: 'ding' as const,
      at: epochMs(1),
      data: {},
    };
    const bytes = eventSignedBytes({ ...event, clock });
    const sent = { ...clock, uptimeNowMs: uptimeMs(9) };
    expect(eventSignedBytes({ ...event, clock: sent })).toEqual(bytes);
    expect(eventSignedBytes({ ...event, clock: { ...clock, boot: 3 } })).not.toEqual(bytes);
    expect(eventSignedBytes(event)).not.toEqual(bytes);
  });

  test('the root of a clip is the hash of its chunks’ hashes in order', () => {
    const [a, b] = [sha256('a'), sha256('b')];
    expect(clipRoot([a, b])).toBe(sha256(Buffer.concat([a, b])).toString('hex'));
    expect(clipRoot([b, a])).not.toBe(clipRoot([a, b]));
    expect(clipRoot([])).toBe(sha256('').toString('hex'));
  });
});
