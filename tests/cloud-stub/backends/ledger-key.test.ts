import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  LedgerKeyError,
  openFileLedgerSigner,
  openMemoryLedgerSigner,
} from '../../../cloud-stub/backends/ledger-key.ts';
import { ed25519Key } from '../../../cloud-stub/custody/signed-note.ts';
import { seededEntropy } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('the key is made once, for its owner alone, and signs what its public half verifies', async () => {
  const path = join(temporaryFolder(), 'secrets', 'ledger.key');
  const signer = await openFileLedgerSigner({ path, entropy: seededEntropy(1) });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const again = await openFileLedgerSigner({ path, entropy: seededEntropy(2) });
  expect([again.name, again.publicKey]).toEqual([signer.name, signer.publicKey]);
  const text = Buffer.from('text\n');
  const signature = await signer.sign(text);
  expect(verify(null, text, ed25519Key(signer.publicKey), signature)).toBe(true);
  // The file is what any other tool makes of it.
  expect(verify(null, text, createPublicKey(readFileSync(path)), signature)).toBe(true);
});

test('a seed gives one key, another seed another name', () => {
  const [one, same, other] = [1, 1, 2].map((seed) => openMemoryLedgerSigner(seededEntropy(seed)));
  expect(one?.name).toBe(same?.name);
  expect(one?.name).not.toBe(other?.name);
});

test.each([
  ['no key', 'hello', /no private key in PEM/],
  [
    'a key of another kind',
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
      publicKeyEncoding: { format: 'pem', type: 'spki' },
    }).privateKey,
    /type ec, expected ed25519/,
  ],
])('%s is refused by its path', async (_title, text, because) => {
  const path = join(temporaryFolder(), 'ledger.key');
  writeFileSync(path, text);
  const opening = openFileLedgerSigner({ path, entropy: seededEntropy(1) });
  await expect(opening).rejects.toThrow(LedgerKeyError);
  await expect(opening).rejects.toThrow(because);
  await expect(opening).rejects.toThrow(path);
});
