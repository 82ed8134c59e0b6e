/**
 * Certificates that are the same bytes for the same seed: their authority signs with Ed25519, which draws no
 * randomness. For simulated doorbells and a simulated records office.
 */
import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import {
  cryptoProvider,
  type Extension,
  type JsonName,
  PublicKey,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { ThingName } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { SeededKey } from './seeded-key.ts';

/** The fixed head of a PKCS #8 Ed25519 key (RFC 8410, section 10.3); 32 bytes of secret follow. */
const ed25519Head = Buffer.from('302e020100300506032b657004220420', 'hex');
const tenYearsMs = 10 * 365 * 86_400_000;

export type SeededAuthority = {
  readonly name: string;
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
};

export type CertificateWanted = {
  readonly subject: JsonName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly extensions: readonly Extension[];
};

export async function makeSeededAuthority(name: string): Promise<SeededAuthority> {
  cryptoProvider.set(webcrypto);
  const secret = createHash('sha256').update(name).digest();
  const { subtle } = webcrypto;
  const pkcs8 = Buffer.concat([ed25519Head, secret]);
  const privateKey = await subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const { x = '' } = await subtle.exportKey('jwk', privateKey);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x };
  const publicKey = await subtle.importKey('jwk', jwk, 'Ed25519', true, ['verify']);
  return { name, privateKey, publicKey };
}

/** PEM. */
export async function issueSeeded(
  authority: SeededAuthority,
  { subject, publicKey, from, to, extensions }: CertificateWanted,
): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: createHash('sha256').update(publicKey).digest('hex').slice(0, 14),
    subject,
    issuer: [{ CN: [authority.name] }],
    notBefore: new Date(from),
    notAfter: new Date(to),
    signingAlgorithm: { name: 'Ed25519' },
    publicKey: new PublicKey(Buffer.from(publicKey)),
    signingKey: authority.privateKey,
    extensions: [...extensions],
  });
  return `${certificate.toString('pem')}\n`;
}

/** A doorbell's, PEM. The cloud is told of it by its operator, as of any device it did not make itself. */
export async function makeSeededCertificate(
  thing: ThingName,
  key: SeededKey,
  validFrom: EpochMs,
): Promise<string> {
  return issueSeeded(await makeSeededAuthority('simulated authority'), {
    subject: [{ CN: [thing] }],
    publicKey: key.publicKey.export({ type: 'spki', format: 'der' }),
    from: validFrom,
    to: (validFrom + tenYearsMs) as EpochMs,
    extensions: [],
  });
}
