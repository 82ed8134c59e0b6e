import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { openSignatureThreads } from '../../../cloud-stub/backends/signature-threads.ts';
import { signatureText, verifySignature } from '../../../device/wire/codec.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const bytesNumbered = (n: number) => Buffer.from(`message ${n}`);
const signed = (bytes: Uint8Array, key: KeyObject) => signatureText(sign('sha256', bytes, key));

test('a signature is judged as the wire judges it, whatever it is [WIRE-9]', async () => {
  const { privateKey, publicKey } = pair();
  const bytes = bytesNumbered(1);
  const good = signed(bytes, privateKey);
  const cases: readonly (readonly [Uint8Array, string, KeyObject])[] = [
    [bytes, good, publicKey],
    [bytesNumbered(2), good, publicKey],
    [bytes, good, pair().publicKey],
    [bytes, signatureText(Buffer.alloc(70, 1)), publicKey],
    [bytes, '', publicKey],
    [bytes, 'MEUC', publicKey],
  ];
  const { verify } = openSignatureThreads();
  const verdicts = await Promise.all(cases.map((each) => verify(...each)));
  expect(verdicts).toEqual([true, false, false, false, false, false]);
  expect(verdicts).toEqual(cases.map((each) => verifySignature(...each)));
});

test('who asks first is answered first, also across rounds', async () => {
  const { privateKey, publicKey } = pair();
  const { verify } = openSignatureThreads();
  const answered: string[] = [];
  const ask = async (name: string, bytes: Uint8Array, sig: string): Promise<void> => {
    await verify(bytes, sig, publicKey);
    answered.push(name);
  };
  const asked: string[] = [];
  const asking: Promise<void>[] = [];
  for (let n = 0; n < 40; n++) {
    // Long ones first: the threads are done with the short ones earlier.
    const bytes = Buffer.alloc(n < 4 ? 4_000_000 : 10, n);
    const sig = signed(bytes, privateKey);
    asked.push(`${n}`);
    asking.push(ask(`${n}`, bytes, sig).then(() => ask(`${n} again`, bytes, sig)));
  }
  await Promise.all(asking);
  expect(answered).toEqual([...asked, ...asked.map((name) => `${name} again`)]);
});
