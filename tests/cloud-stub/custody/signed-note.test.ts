import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type NoteKey,
  openNote,
  readVerifierKey,
  verifierKey,
  writeNote,
} from '../../../cloud-stub/custody/signed-note.ts';

// The example of the C2SP specification's tools, and the two signers of Go's sumdb/note.
const foo = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const fooNote = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
const peter = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const enoch = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const peterNote = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=
`;

const keyOf = (text: string): NoteKey => {
  const key = readVerifierKey(text);
  if (key === null) throw new Error(`no key: ${text}`);
  return key;
};
const made = generateKeyPairSync('ed25519');
const ours: NoteKey = {
  name: 'example.com/ledger',
  publicKey: made.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
};
const signed = (text: string): string =>
  writeNote(text, ours, sign(null, Buffer.from(text), made.privateKey));

describe('a note of other software verifies', () => {
  test.each([
    ['the C2SP example', foo, fooNote],
    ["the first signer of Go's example", peter, peterNote],
    ["the second signer of Go's example", enoch, peterNote],
  ])('%s', (_title, key, note) => {
    expect(openNote(note, keyOf(key))).toEqual({
      ok: true,
      text: note.slice(0, note.lastIndexOf('\n\n') + 1),
    });
    expect(verifierKey(keyOf(key))).toBe(key);
  });
});

test('what is written is read, empty lines in the text included', () => {
  expect(openNote(signed('one\n\nthree\n'), ours)).toEqual({ ok: true, text: 'one\n\nthree\n' });
});

test('signatures of others are passed over', () => {
  const note = signed('text\n');
  const witness = fooNote.slice(fooNote.lastIndexOf('—'));
  expect(openNote(note + witness, ours)).toEqual({ ok: true, text: 'text\n' });
});

describe('refused is', () => {
  const good = signed('text\n');
  test.each<[string, string, RegExp]>([
    ['an altered text', good.replace('text', 'Text'), /does not verify/],
    [
      'an altered signature',
      good.replace(/.(?=={2}\n$|=\n$|\n$)/, (c) => (c === 'A' ? 'B' : 'A')),
      /./,
    ],
    ['another signer', fooNote, /not signed by the key of/],
    ['no signature', 'text\n\n', /none/],
    ['no blank line', 'text\n', /not a signed note/],
    ['a missing end', good.slice(0, -1), /not a signed note/],
    ['a control character', good.replace('text', 'te\tt'), /control/],
    ['a signature line that is none', `${good}-- x\n`, /none/],
    [
      'a good signature beside a bad one of ours',
      good + good.slice(good.lastIndexOf('—')).replace(/.{10}\n$/, 'AAAAAAAAA=\n'),
      /./,
    ],
    ['endless signatures', good + good.slice(good.lastIndexOf('—')).repeat(101), /too many/],
    ['an endless note', signed(`${'x'.repeat(1024 * 1024)}\n`), /too long/],
  ])('%s', (_title, note, because) => {
    const opened = openNote(note, ours);
    expect(opened).toEqual({ ok: false, because: expect.stringMatching(because) as string });
  });
});

test.each([
  ['no name', foo.replace('example.com/foo', '')],
  ['a name with a space', foo.replace('example.com/foo', 'example com')],
  ['another id', foo.replace('530d903a', '530d903b')],
  ['another algorithm', `x+530d903a+${Buffer.alloc(33, 4).toString('base64')}`],
  ['a short key', `x+530d903a+${Buffer.alloc(20, 1).toString('base64')}`],
  ['nothing', ''],
])('a verifier key with %s is none', (_title, text) => {
  expect(readVerifierKey(text)).toBeNull();
});
