import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IdentityError, readIdentity } from '../../../device/peripherals/identity-folder.ts';
import { createTestAuthority } from '../../support/links/link-certificates.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function identityFolder(): Promise<string> {
  const folder = temporaryFolder();
  const authority = await createTestAuthority();
  const pair = await authority.issue('porch', []);
  writeFileSync(join(folder, 'key.pem'), pair.keyPem, { mode: 0o600 });
  writeFileSync(join(folder, 'certificate.pem'), pair.certificatePem);
  writeFileSync(join(folder, 'ca.pem'), authority.authorityPem);
  return folder;
}

const rsaKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;

test('its signer signs with the key of the certificate, ECDSA P-256 with SHA-256 in DER', async () => {
  const { signer, certificatePem, keyPem } = await readIdentity(await identityFolder());
  const bytes = Buffer.from('a manifest');
  expect(verify('sha256', bytes, createPublicKey(certificatePem), signer.sign(bytes))).toBe(true);
  expect(keyPem).toContain('PRIVATE KEY');
});

test.each([
  ['no key', (f: string) => rmSync(join(f, 'key.pem')), /key\.pem: no such file, expected a priv/],
  ['no authority', (f: string) => rmSync(join(f, 'ca.pem')), /ca\.pem: no such file/],
  [
    'a key that others may read',
    (f: string) => chmodSync(join(f, 'key.pem'), 0o644),
    /key\.pem: mode 0644 lets others read the key, expected 0600/,
  ],
  [
    'a key that is none',
    (f: string) => writeFileSync(join(f, 'key.pem'), 'hello'),
    /key\.pem: not a private key in PEM/,
  ],
  [
    'an RSA key',
    (f: string) => writeFileSync(join(f, 'key.pem'), rsaKey()),
    /key\.pem: a key of type rsa, expected ECDSA P-256/,
  ],
  [
    'a certificate that is none',
    (f: string) => writeFileSync(join(f, 'certificate.pem'), 'hello'),
    /certificate\.pem: not a certificate in PEM/,
  ],
])('%s is refused by name', async (_name, spoil, because) => {
  const folder = await identityFolder();
  spoil(folder);
  const refusal = await readIdentity(folder).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(IdentityError);
  expect((refusal as IdentityError).message).toMatch(because);
});

test("another device's certificate is refused", async () => {
  const [folder, other] = [await identityFolder(), await identityFolder()];
  writeFileSync(join(folder, 'certificate.pem'), (await readIdentity(other)).certificatePem);
  await expect(readIdentity(folder)).rejects.toThrow('certifies another key');
});
