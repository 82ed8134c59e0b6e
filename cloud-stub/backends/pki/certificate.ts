/** X.509 certificates and keys: ECDSA P-256 with SHA-256, made and read with @peculiar/x509. */
import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';

export type KeyAndCertificate = {
  /** PKCS #8, PEM. */
  readonly keyPem: string;
  readonly certificatePem: string;
};

export type CertificateFacts = {
  /** Lower-case hex, no leading zeros dropped. */
  readonly serial: string;
  readonly commonName: string;
  /** SHA-256 of the DER form, lower-case hex: what AWS IoT Core calls the certificate id. */
  readonly fingerprint: string;
  readonly validFrom: EpochMs;
  readonly validTo: EpochMs;
  /** DNS names and addresses, sorted. */
  readonly names: readonly string[];
};

export type Validity = { readonly from: EpochMs; readonly to: EpochMs };

export type Authority = {
  readonly certificatePem: string;
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';
const organisation = 'doorbell-emulator';

/** A self-signed authority that may sign end certificates only. */
export async function makeAuthority(name: string, validity: Validity): Promise<KeyAndCertificate> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerial(),
    name: subject(name),
    notBefore: new Date(validity.from),
    notAfter: new Date(validity.to),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keyPem: await exportKey(keys.privateKey), certificatePem: pem(certificate) };
}

export async function loadAuthority(files: KeyAndCertificate): Promise<Authority> {
  const [pkcs8] = x509.PemConverter.decode(files.keyPem);
  if (pkcs8 === undefined) throw new TypeError('no PEM block in the key file');
  const privateKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  return {
    certificatePem: files.certificatePem,
    certificate: new x509.X509Certificate(files.certificatePem),
    privateKey,
  };
}

/** A client's certificate with its new key; `commonName` is who it is. */
export function issueClient(
  authority: Authority,
  commonName: string,
  validity: Validity,
): Promise<KeyAndCertificate> {
  const extensions = [new x509.ExtendedKeyUsageExtension([clientAuth])];
  return issue(authority, subject(commonName), validity, extensions);
}

/**
 * The public key of a PKCS #10 request (PEM), SubjectPublicKeyInfo in DER; null unless the request is signed with
 * that key and it is one of ours (P-256).
 */
export async function keyOfRequest(csrPem: string): Promise<Uint8Array | null> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    const { algorithm: used } = request.publicKey;
    const isP256 = 'namedCurve' in used && used.namedCurve === algorithm.namedCurve;
    return isP256 && (await request.verify()) ? new Uint8Array(request.publicKey.rawData) : null;
  } catch {
    return null; // whatever a stranger sent, it is no request
  }
}

/** A client's certificate (PEM) for a key it has made itself, SubjectPublicKeyInfo in DER. */
export function certifyClient(
  authority: Authority,
  commonName: string,
  publicKey: Uint8Array,
  validity: Validity,
): Promise<string> {
  const key = new x509.PublicKey(Buffer.from(publicKey));
  const extensions = [new x509.ExtendedKeyUsageExtension([clientAuth])];
  return certify(authority, subject(commonName), key, validity, extensions);
}

/** A PKCS #10 request (PEM) with its new key, as a doorbell makes it. */
export async function requestClient(
  commonName: string,
): Promise<{ readonly keyPem: string; readonly csrPem: string }> {
  const keys = await makeKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject(commonName),
    keys,
    signingAlgorithm: algorithm,
  });
  return { keyPem: await exportKey(keys.privateKey), csrPem: `${request.toString('pem')}\n` };
}

/** A server's certificate with its new key, for these DNS names and addresses. */
export function issueServer(
  authority: Authority,
  names: readonly string[],
  validity: Validity,
): Promise<KeyAndCertificate> {
  const alternatives = names.map((value) => ({
    type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }));
  return issue(authority, subject('cloud'), validity, [
    new x509.ExtendedKeyUsageExtension([serverAuth]),
    new x509.SubjectAlternativeNameExtension(alternatives),
  ]);
}

export function certificateFacts(certificatePem: string): CertificateFacts {
  const certificate = new x509.X509Certificate(certificatePem);
  const alternatives = certificate.getExtension(x509.SubjectAlternativeNameExtension);
  return {
    serial: certificate.serialNumber.toLowerCase(),
    commonName: certificate.subjectName.getField('CN')[0] ?? '',
    fingerprint: createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex'),
    validFrom: epochMs(certificate.notBefore.getTime()),
    validTo: epochMs(certificate.notAfter.getTime()),
    names: (alternatives?.names.items ?? []).map((name) => name.value).sort(),
  };
}

/** An end certificate with its new key, for whatever purpose its extensions tell. */
export async function issue(
  authority: Authority,
  name: x509.JsonName,
  validity: Validity,
  extensions: readonly x509.Extension[],
): Promise<KeyAndCertificate> {
  const keys = await makeKeys();
  const certificatePem = await certify(authority, name, keys.publicKey, validity, extensions);
  return { keyPem: await exportKey(keys.privateKey), certificatePem };
}

async function certify(
  authority: Authority,
  name: x509.JsonName,
  publicKey: webcrypto.CryptoKey | x509.PublicKey,
  validity: Validity,
  extensions: readonly x509.Extension[],
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: makeSerial(),
    subject: name,
    issuer: authority.certificate.subjectName,
    notBefore: new Date(validity.from),
    notAfter: new Date(validity.to),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: authority.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...extensions,
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  return pem(certificate);
}

const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`;
}

const pem = (certificate: x509.X509Certificate) => `${certificate.toString('pem')}\n`;

export const subject = (commonName: string): x509.JsonName => [
  { O: [organisation] },
  { CN: [commonName] },
];

/**
 * 128 random bits; the first is 0 and the second 1, so that the number is positive and of constant
 * length.
 */
function makeSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
