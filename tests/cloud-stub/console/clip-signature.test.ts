import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ClipSignatures,
  checkSignatures,
  hashingChunks,
} from '../../../cloud-stub/console/app/clip-signature.ts';
import { sha256 } from '../../../device/wire/codec.ts';
import { sampleBytes, ulidNumbered } from '../../support/cloud/clip-samples.ts';
import { makeSigningDoorbell } from '../../support/cloud/signed-clips.ts';

const doorbell = makeSigningDoorbell();
const stranger = makeSigningDoorbell();
const clip = ulidNumbered(1);
const chunks = [5000, 1, 120 * 1024, 700].map((length, n) => sampleBytes(length, n));
const keys = {
  recipients: [{ recipient: 'owner', algorithm: 'any', ephemeral: 'e', wrapped: 'w\u00fc"\u0007' }],
};
const key = sha256(doorbell.publicKey).toString('hex').slice(0, 16);

type Served = ReturnType<typeof doorbell.signatures>;
const shown = (
  served: Omit<Served, 'final'> & { final: Served['final'] | null },
): ClipSignatures => ({
  ...JSON.parse(JSON.stringify(served)),
  publicKey: Buffer.from(served.publicKey).toString('base64'),
});
const good = doorbell.signatures(clip, chunks, { e2ee: keys });
const unfinished = { ...good, final: null, mark: doorbell.mark(clip, chunks) };

async function verdictOf(
  signatures: Parameters<typeof shown>[0],
  footage: readonly Uint8Array[] = chunks,
  view: { clip: string; e2ee: object | null } = { clip, e2ee: keys },
) {
  const served = shown(signatures);
  const hashing = hashingChunks(streamOf(Buffer.concat(footage), 1000), served.chunkBytes);
  for await (const _ of hashing.footage);
  return checkSignatures(view, served, await hashing.hashes());
}

async function* streamOf(bytes: Uint8Array, pieceBytes: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

test('a clip is its doorbell’s, with the name of the key that signed it', async () => {
  expect(await verdictOf(good)).toEqual({ kind: 'signed', key });
  const plain = doorbell.signatures(clip, chunks);
  expect(await verdictOf(plain, chunks, { clip, e2ee: null })).toEqual({ kind: 'signed', key });
});

test('the time at which an opening was sent is not signed, as the doorbell writes it anew', async () => {
  const { opening } = good;
  const clock = { ...opening.clock, uptimeNowMs: null };
  expect(await verdictOf({ ...good, opening: { ...opening, clock } })).toMatchObject({
    kind: 'signed',
  });
});

test('a clip whose doorbell fell silent is signed as far as its last mark', async () => {
  expect(await verdictOf(unfinished)).toEqual({ kind: 'signed-so-far', key });
  const nothing = { ...good, final: null, chunkBytes: [] };
  expect(await verdictOf(nothing, [])).toEqual({ kind: 'signed-so-far', key });
});

const noOpening = 'its opening is not signed by the key that the doorbell has';
const noEnd = 'its end is not signed by the key that the doorbell has';
const noBytes = 'its bytes are not those that its doorbell signed';
const { opening, final } = good;
test.each<[string, Parameters<typeof shown>[0], readonly Uint8Array[], string]>([
  ['a key of somebody else', { ...good, publicKey: stranger.publicKey }, chunks, noOpening],
  ['an opening that was altered', { ...good, opening: { ...opening, seq: 13 } }, chunks, noOpening],
  [
    'a signature that is none',
    { ...good, opening: { ...opening, sig: 'AAAA' } },
    chunks,
    noOpening,
  ],
  [
    'the opening of another of its clips',
    { ...good, opening: doorbell.opening(ulidNumbered(2), { e2ee: keys }) },
    chunks,
    noOpening,
  ],
  [
    'a final under another opening',
    { ...good, opening: doorbell.opening(clip, { e2ee: keys, boot: 4 }) },
    chunks,
    noEnd,
  ],
  ['a final that was altered', { ...good, final: { ...final, truncated: true } }, chunks, noEnd],
  [
    'the final of another of its clips',
    { ...good, final: doorbell.signatures(ulidNumbered(2), chunks, { e2ee: keys }).final },
    chunks,
    noEnd,
  ],
  [
    'the mark of another of its clips',
    { ...unfinished, mark: doorbell.mark(ulidNumbered(2), chunks) },
    chunks,
    noEnd,
  ],
  ['a stranger’s mark', { ...unfinished, mark: stranger.mark(clip, chunks) }, chunks, noEnd],
  ['a byte that is another', good, chunks.with(1, Buffer.from([0xff])), noBytes],
  [
    'a chunk less',
    { ...good, chunkBytes: good.chunkBytes.slice(0, 3) },
    chunks.slice(0, 3),
    noBytes,
  ],
  ['a chunk more', good, [...chunks, Buffer.from('more')], noBytes],
  [
    'bytes that nothing speaks of',
    { ...good, final: null },
    chunks,
    'nothing that its doorbell signed speaks of these pictures',
  ],
])('%s makes a clip unsigned', async (_what, signatures, footage, because) => {
  expect(await verdictOf(signatures, footage)).toEqual({ kind: 'unsigned', because });
});

test('keys in place of those it was sealed for make a clip unsigned', async () => {
  const because = 'it is sealed for other keys than its doorbell sealed it for';
  const other = { recipients: [{ ...keys.recipients[0], wrapped: 'x' }] };
  const views = [other, null];
  for (const e2ee of views) {
    expect(await verdictOf(good, chunks, { clip, e2ee })).toEqual({ kind: 'unsigned', because });
  }
});

test('however the footage comes in pieces, its chunks have one hash each, and pass unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 70 }),
      async (lengths, pieceBytes) => {
        const parts = lengths.map((length, n) => sampleBytes(length, n));
        const whole = Buffer.concat(parts);
        const hashing = hashingChunks(streamOf(whole, pieceBytes), lengths);
        const passed: Uint8Array[] = [];
        for await (const piece of hashing.footage) passed.push(piece);
        expect(Buffer.concat(passed).equals(whole)).toBe(true);
        const hashes = (await hashing.hashes()).map((hash) => Buffer.from(hash).toString('hex'));
        expect(hashes).toEqual(parts.map((part) => sha256(part).toString('hex')));
      },
    ),
    { numRuns: 60 },
  );
});

test('short numbers in a signature are read as any other', async () => {
  // One signature in 128 has a number that begins with a zero byte, which DER leaves out.
  for (let n = 0; n < 400; n++) {
    const signatures = doorbell.signatures(clip, [], { seq: n });
    const { kind } = await verdictOf(signatures, [], { clip, e2ee: null });
    expect(kind).toBe('signed');
  }
});
