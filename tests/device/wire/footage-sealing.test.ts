import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  openSealed,
  type OwnerKey as PrivateKey,
  readOwnerKey,
} from '../../../cloud-stub/console/app/owner-key.ts';
import { openClip, SealedFootageError } from '../../../cloud-stub/console/app/sealed-footage.ts';
import {
  type ClipSealer,
  ownerKeyId,
  ownerKeySchema,
  sealClip,
} from '../../../device/wire/footage-sealing.ts';
import { drawPrivateKey, sealTo } from '../../../device/wire/hpke.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { openingSchema } from '../../../device/wire/messages.ts';
import { createOwnerKey } from '../../../tools/commands/owner-keys.ts';

const thing = 'front-door' as ThingName;
const clip = '01HZZZZZZZZZZZZZZZZZZZZZZZ' as Ulid;
const other = '01HZZZZZZZZZZZZZZZZZZZZZZ0' as Ulid;
const still = '01HZZZZZZZZZZZZZZZZZZZZZZ1' as Ulid;

const owner = createOwnerKey();
const stranger = createOwnerKey();

const seal = (name = clip, owners = [owner.publicKey]): ClipSealer =>
  sealClip({ thing, clip: name }, owners, randomBytes);

/** A clip of these pieces; `ended` as one that ended as it should. */
function sealedChunks(sealer: ClipSealer, pieces: readonly Uint8Array[], ended = true): Buffer[] {
  const parts = pieces.map((piece, index) => Buffer.from(sealer.parts.of(index, piece)));
  const end = ended ? [Buffer.from(sealer.end.of(parts.length, new Uint8Array()))] : [];
  return [...parts, ...end];
}

async function* inBlocks(bytes: Uint8Array, blockBytes: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes);
}

async function open(
  sealer: ClipSealer,
  sealed: Uint8Array,
  { name = clip as string, key = owner.privatePem, blockBytes = 1000 } = {},
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const mine = await readOwnerKey(key);
  const opener = await openClip(mine, { thing, clip: name }, sealer.e2ee.recipients);
  const footage = opener.footage(inBlocks(sealed, blockBytes));
  const pieces: Uint8Array[] = [];
  for await (const piece of footage.pieces) pieces.push(piece);
  return { bytes: Buffer.concat(pieces), isWhole: footage.isWhole() };
}

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof SealedFootageError) return `${error.kind}: ${error.message}`;
  throw error ?? new Error('it was opened');
};

const pieces = ['ftyp and moov', 'first', 'second', 'third'].map((text) => Buffer.from(text));

describe('HPKE as RFC 9180 has it', () => {
  // test-vectors.json of the CFRG: mode 0, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, sequence number 0.
  const vector = {
    ephemeral: '90345e3a1d116c1dd39ae76d95ab858c142223a63e44f8f85318cfa91a84858e',
    recipient:
      '04abc7e49a4c6b3566d77d0304addc6ed0e98512ffccf505e6a8e3eb25c685136f853148544876de76c0f2ef99cdc3a05c' +
      'cf5ded7860c7c021238f9e2073d2356c',
    recipientPrivate: '317f915db7bc629c48fe765587897e01e282d3e8445f79f27f65d031a88082b2',
    enc:
      '04c06b4f6bebc7bb495cb797ab753f911aff80aefb86fd8b6fcc35525f3ab5f03e0b21bd31a86c6048af3cb2d98e0d3bf0' +
      '1da5cc4c39ff5370d331a4f1f7d5a4e0',
    info: '4f6465206f6e2061204772656369616e2055726e',
    aad: '436f756e742d30',
    plaintext: '4265617574792069732074727574682c20747275746820626561757479',
    sealed:
      '58c61a45059d0c5704560e9d88b564a8b63f1364b8d1fcb3c4c6ddc1d291742465e902cd216f8908da49f8f96f',
  };
  const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

  test('the doorbell seals what the published vector says', () => {
    const made = sealTo(bytes(vector.recipient), bytes(vector.ephemeral), {
      info: bytes(vector.info),
      plaintext: bytes(vector.plaintext),
      aad: bytes(vector.aad),
    });
    expect(Buffer.from(made.ephemeral).toString('hex')).toBe(vector.enc);
    expect(Buffer.from(made.sealed).toString('hex')).toBe(vector.sealed);
  });

  test('the owner opens what the published vector says', async () => {
    const point = bytes(vector.recipient);
    const jwk = {
      ...{ kty: 'EC', crv: 'P-256' },
      x: Buffer.from(point.subarray(1, 33)).toString('base64url'),
      y: Buffer.from(point.subarray(33)).toString('base64url'),
      d: Buffer.from(vector.recipientPrivate, 'hex').toString('base64url'),
    };
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const privateKey = await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits']);
    const [enc, info, sealed, aad] = [vector.enc, vector.info, vector.sealed, vector.aad].map(
      bytes,
    );
    const opened = await openSealed(
      { privateKey, point },
      enc ?? point,
      info ?? point,
      sealed ?? point,
      aad,
    );
    expect(Buffer.from(opened).toString('hex')).toBe(vector.plaintext);
  });

  test('a private key beyond the order of the curve is drawn again, and not for ever', () => {
    const draws = [new Uint8Array(32).fill(255), new Uint8Array(32), new Uint8Array(32).fill(7)];
    expect(drawPrivateKey(() => draws.shift() ?? new Uint8Array(32))).toEqual(
      new Uint8Array(32).fill(7),
    );
    expect(() => drawPrivateKey(() => new Uint8Array(32))).toThrow('gives no private key');
  });
});

describe("an owner's key", () => {
  test.each([
    ['a key', owner.publicKey, true],
    ['nothing', '', false],
    ['a number', 5, false],
    ['one character short', owner.publicKey.slice(0, -1), false],
    ['a compressed point', Buffer.alloc(33, 2).toString('base64url'), false],
    [
      'no point of the curve',
      Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]).toString('base64url'),
      false,
    ],
  ])('%s', (_what, value, is) => {
    expect(ownerKeySchema.safeParse(value).success).toBe(is);
  });

  test('has the same name on the doorbell and where it opens footage', async () => {
    expect((await readOwnerKey(owner.privatePem)).id).toBe(ownerKeyId(owner.publicKey));
  });

  test('cannot be read again once it was taken', async () => {
    const { privateKey } = await readOwnerKey(owner.privatePem);
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
  });

  const otherKinds = {
    text: 'hello',
    'a key of another curve': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    'a key of another kind': generateKeyPairSync('ed25519'),
    'a public key': null,
  };
  test.each(Object.entries(otherKinds))('%s is refused as a private key', async (_kind, key) => {
    const pem =
      typeof key === 'string'
        ? key
        : key === null
          ? owner.privatePem.replaceAll('PRIVATE', 'PUBLIC')
          : String(key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await expect(readOwnerKey(pem)).rejects.toThrow(/expected the file of|no private key of the/);
  });
});

describe('sealed footage', () => {
  test('an opening says for whom it is sealed, as the wire has it', () => {
    const { e2ee } = seal(clip, [owner.publicKey, stranger.publicKey]);
    expect(openingSchema.shape.e2ee.safeParse(e2ee).success).toBe(true);
    expect(e2ee.recipients.map(({ recipient }) => recipient)).toEqual([
      ownerKeyId(owner.publicKey),
      ownerKeyId(stranger.publicKey),
    ]);
  });

  test('opens to exactly what was recorded, however it is cut on its way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 6000 }),
        fc.boolean(),
        async (recorded, blockBytes, ended) => {
          const sealer = seal();
          const sealed = Buffer.concat(sealedChunks(sealer, recorded, ended));
          const opened = await open(sealer, sealed, { blockBytes });
          expect(opened).toEqual({ bytes: Buffer.concat(recorded), isWhole: ended });
        },
      ),
      { numRuns: 30 },
    );
  });

  test('each of several owners opens it alone', async () => {
    const sealer = seal(clip, [stranger.publicKey, owner.publicKey]);
    const sealed = Buffer.concat(sealedChunks(sealer, pieces));
    for (const { privatePem } of [owner, stranger]) {
      expect((await open(sealer, sealed, { key: privatePem })).bytes).toEqual(
        Buffer.concat(pieces),
      );
    }
  });

  test('a piece of the greatest length makes a chunk of the greatest length', async () => {
    const sealer = seal();
    const piece = randomBytes(sealer.parts.pieceBytesMax);
    const [chunk = Buffer.of()] = sealedChunks(sealer, [piece], false);
    expect(chunk.length).toBe(limits.chunkBytesMax);
    expect((await open(sealer, chunk)).bytes).toEqual(piece);
  });

  test('no two clips, chunks or stills are sealed alike', () => {
    const same = Buffer.from('the same');
    const [a, b] = [seal(), seal()];
    const sealed = [
      ...sealedChunks(a, [same, same]),
      ...sealedChunks(b, [same, same]),
      ...[a, b].flatMap((one) => [one.still(still, same), one.still(other, same)]),
    ].map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(new Set(sealed).size).toBe(sealed.length);
  });

  test('the same draws give the same bytes: a recording replays', () => {
    const bytes = (): Buffer =>
      Buffer.concat(
        sealedChunks(
          sealClip({ thing, clip }, [owner.publicKey], (count) => new Uint8Array(count).fill(9)),
          pieces,
        ),
      );
    expect(bytes()).toEqual(bytes());
  });

  test('no index is sealed twice, and nothing after the end', () => {
    const sealer = seal();
    sealer.parts.of(0, Buffer.from('a'));
    expect(() => sealer.parts.of(0, Buffer.from('b'))).toThrow('a chunk is sealed once');
    sealer.end.of(1, new Uint8Array());
    expect(() => sealer.parts.of(2, Buffer.from('c'))).toThrow('a chunk is sealed once');
  });

  describe('what was tampered with is told, and nothing behind it is shown', () => {
    const flipped = (bytes: Buffer, at: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    type Tampering = (chunks: Buffer[], foreign: Buffer[]) => Buffer[];
    const sealedHere = 'is not what the doorbell sealed';
    const cases: readonly [what: string, Tampering, refused: string][] = [
      ['two chunks swapped', ([a, b, c, d, e]) => [a, c, b, d, e] as Buffer[], `1 ${sealedHere}`],
      ['a chunk dropped', (chunks) => chunks.toSpliced(1, 1), `1 ${sealedHere}`],
      ['the first chunk dropped', (chunks) => chunks.slice(1), `0 ${sealedHere}`],
      ['a chunk twice', ([a, b, ...rest]) => [a, b, b, ...rest] as Buffer[], `2 ${sealedHere}`],
      [
        "another clip's chunk in its place",
        (chunks, foreign) => chunks.with(2, foreign[2] as Buffer),
        `2 ${sealedHere}`,
      ],
      ['the last part dropped', (chunks) => chunks.toSpliced(3, 1), `3 ${sealedHere}`],
      [
        'a bit of a sealed byte',
        (chunks) => chunks.with(1, flipped(chunks[1] as Buffer, 6)),
        `1 ${sealedHere}`,
      ],
      [
        'a bit of a tag',
        (chunks) => chunks.with(1, flipped(chunks[1] as Buffer, -1 + (chunks[1] as Buffer).length)),
        `1 ${sealedHere}`,
      ],
      [
        'a part called the end',
        (chunks) =>
          chunks.with(3, Buffer.concat([Buffer.of(2), (chunks[3] as Buffer).subarray(1)])),
        `3 ${sealedHere}`,
      ],
      [
        'the end called a part',
        (chunks) =>
          chunks.with(4, Buffer.concat([Buffer.of(1), (chunks[4] as Buffer).subarray(1)])),
        `4 ${sealedHere}`,
      ],
      ['bytes behind the end', (chunks) => [...chunks, Buffer.from('more')], '5 follows the end'],
      [
        'a chunk cut short',
        (chunks) => [chunks[0] as Buffer, (chunks[1] as Buffer).subarray(0, 9)],
        '1 is not whole',
      ],
      ['a header cut short', (chunks) => [chunks[0] as Buffer, Buffer.of(1, 0)], '1 is not whole'],
      [
        'a length beyond all limits',
        (chunks) => [chunks[0] as Buffer, Buffer.of(1, 255, 255, 255, 1)],
        '1 is not whole',
      ],
      [
        'plain footage',
        () => [Buffer.from('\0\0\0\x18ftypiso5 not sealed at all')],
        `0 ${sealedHere}`,
      ],
    ];
    test.each(cases)('%s', async (_what, tamper, refused) => {
      const sealer = seal();
      const foreign = sealedChunks(seal(other), pieces);
      const tampered = Buffer.concat(tamper(sealedChunks(sealer, pieces), foreign));
      expect(await refusal(open(sealer, tampered))).toBe(`damaged: chunk ${refused}`);
    });

    test('whole chunks cut off the end: it opens, and says that its end is missing', async () => {
      const sealer = seal();
      const sealed = sealedChunks(sealer, pieces);
      expect(await open(sealer, Buffer.concat(sealed.slice(0, 3)))).toEqual({
        bytes: Buffer.concat(pieces.slice(0, 3)),
        isWhole: false,
      });
    });

    test("another owner's key", async () => {
      const sealer = seal();
      const sealed = Buffer.concat(sealedChunks(sealer, pieces));
      const ids = [owner, stranger].map(({ publicKey }) => ownerKeyId(publicKey));
      expect(await refusal(open(sealer, sealed, { key: stranger.privatePem }))).toBe(
        `other-key: it is sealed for key ${ids[0]}, not ${ids[1]}`,
      );
    });

    const first = (sealer: ClipSealer) => sealer.e2ee.recipients.slice(0, 1);
    test.each([
      ['a wrapped key of another clip', () => first(seal(other))],
      [
        'a wrapped key of another algorithm',
        (s: ClipSealer) => first(s).map((r) => ({ ...r, algorithm: 'x' })),
      ],
      [
        'a wrapped key with another bit',
        (s: ClipSealer) => first(s).map((r) => ({ ...r, wrapped: `A${r.wrapped.slice(1, -1)}A` })),
      ],
      [
        'an ephemeral key that is no point',
        (s: ClipSealer) => first(s).map((r) => ({ ...r, ephemeral: 'AAAA' })),
      ],
    ])('%s', async (_what, forge) => {
      const recipients = forge(seal());
      const mine: PrivateKey = await readOwnerKey(owner.privatePem);
      expect(await refusal(openClip(mine, { thing, clip }, recipients))).toMatch(/^damaged: it/);
    });

    test('a clip shown under the name of another', async () => {
      const sealer = seal();
      const sealed = Buffer.concat(sealedChunks(sealer, pieces));
      expect(await refusal(open(sealer, sealed, { name: other }))).toMatch(/^damaged: its wrapped/);
    });
  });

  describe('stills', () => {
    const picture = randomBytes(2000);
    const opener = async (sealer: ClipSealer) =>
      openClip(await readOwnerKey(owner.privatePem), { thing, clip }, sealer.e2ee.recipients);

    test('open to exactly what the camera gave', async () => {
      const sealer = seal();
      const sealed = sealer.still(still, picture);
      expect(Buffer.from(await (await opener(sealer)).still(still, sealed))).toEqual(picture);
    });

    test.each([
      ['one in place of another', other, (bytes: Uint8Array) => bytes],
      ['one cut short', still, (bytes: Uint8Array) => bytes.subarray(0, 100)],
      ['one that is empty', still, () => new Uint8Array()],
      ['a plain picture', still, () => picture],
    ])('%s is told', async (_what, shownAs, tamper) => {
      const sealer = seal();
      const tampered = tamper(sealer.still(still, picture));
      expect(await refusal((await opener(sealer)).still(shownAs, tampered))).toBe(
        'damaged: the still is damaged',
      );
    });
  });
});

test('what is sealed to a key needs that very key', () => {
  const pair = createECDH('prime256v1');
  expect(() =>
    sealTo(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]), pair.generateKeys(), {
      info: Buffer.of(),
      plaintext: Buffer.of(),
    }),
  ).toThrow();
});
