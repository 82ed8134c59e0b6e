/** Certificates for tests of the link: an authority, a broker named `localhost`, and devices. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  type Extension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

export type Pair = { readonly certificatePem: string; readonly keyPem: string };
export type TestAuthority = {
  readonly authorityPem: string;
  /** Signs a certificate; `names` are its subjectAltName, none when empty. */
  issue(commonName: string, names: readonly string[]): Promise<Pair>;
};

export async function createTestAuthority(name = 'test authority'): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const authority = await certificate(`CN=${name}`, `CN=${name}`, keys.publicKey, keys.privateKey, [
    new BasicConstraintsExtension(true, undefined, true),
  ]);
  return {
    authorityPem: authority.toString('pem'),
    issue: async (commonName, names) => {
      const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const alternative = new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
      );
      const issued = await certificate(
        `CN=${commonName}`,
        `CN=${name}`,
        own.publicKey,
        keys.privateKey,
        names.length > 0 ? [alternative] : [],
      );
      const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
      const base64 = Buffer.from(key).toString('base64').replace(/.{64}/g, '$&\n');
      return {
        certificatePem: issued.toString('pem'),
        keyPem: `-----BEGIN PRIVATE KEY-----\n${base64}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}

const certificate = (
  subject: string,
  issuer: string,
  publicKey: webcrypto.CryptoKey,
  signingKey: webcrypto.CryptoKey,
  extensions: Extension[],
): Promise<X509Certificate> =>
  X509CertificateGenerator.create({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(8))).toString('hex'),
    subject,
    issuer,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey,
    extensions,
  });
