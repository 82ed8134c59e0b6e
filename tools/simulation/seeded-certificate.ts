/**
 * A simulated doorbell's certificate, the same bytes for the same seed: its authority signs with Ed25519, which draws
 * no randomness. The cloud is told of it by its operator, as of any device it did not make itself.
 */
import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { cryptoProvider, PublicKey, X509CertificateGenerator } from '@peculiar/x509';
import type { ThingName } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { SeededKey } from './seeded-key.ts';

/** The fixed head of a PKCS #8 Ed25519 key (RFC 8410, section 10.3); 32 bytes of secret follow. */
const ed25519Head = Buffer.from('302e020100300506032b657004220420', 'hex');
const tenYearsMs = 10 * 365 * 86_400_000;

/** PEM. */
export async function makeSeededCertificate(
  thing: ThingName,
  key: SeededKey,
  validFrom: EpochMs,
): Promise<string> {
  cryptoProvider.set(webcrypto);
  const secret = createHash('sha256').update('simulated authority').digest();
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    Buffer.concat([ed25519Head, secret]),
    'Ed25519',
    false,
    ['sign'],
  );
  const spki = key.publicKey.export({ type: 'spki', format: 'der' });
  const certificate = await X509CertificateGenerator.create({
    serialNumber: createHash('sha256').update(spki).digest('hex').slice(0, 14),
    subject: `CN=${thing}`,
    issuer: 'CN=simulated authority',
    notBefore: new Date(validFrom),
    notAfter: new Date(validFrom + tenYearsMs),
    signingAlgorithm: { name: 'Ed25519' },
    publicKey: new PublicKey(spki),
    signingKey,
  });
  return certificate.toString('pem');
}
