/**
 * CMS SignedData as the office writes it (RFC 5652): every part that a signature does not cover has
 * to be what it must be, so that no byte can be another.
 */
import { createHash, verify, X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { oids, toDer } from '../../cloud-stub/backends/seal/signed-data.ts';

export type SignedMessage = {
  readonly signers: readonly { readonly certificate: X509Certificate; readonly at: Date }[];
  /** Null: it is beside the message. */
  readonly content: Buffer | null;
};

/** What is wrong, as the end of a sentence. */
export class SignedMessageError extends Error {
  override readonly name = 'SignedMessageError';
}

/** `digest`: SHA-256 of content that is beside it. Throws SignedMessageError. */
export function readSignedMessage(
  info: pkijs.ContentInfo,
  contentType: string,
  digest: Buffer | null,
): SignedMessage {
  demand(info.contentType === oids.signedData, 'is not a signed message');
  const message = new pkijs.SignedData({ schema: info.content });
  const { eContentType, eContent } = message.encapContentInfo;
  demand(eContentType === contentType, 'signs something else');
  const content = eContent === undefined ? null : Buffer.from(eContent.getValue());
  demand((content === null) === (digest !== null), 'has its content in the wrong place');
  demand(message.version === (contentType === oids.data ? 1 : 3), 'has the wrong version');
  demand(isSha256(message.digestAlgorithms), 'is not over SHA-256 alone');
  demand(message.crls === undefined && message.ocsps === undefined, 'carries what none needs');
  const certificates = (message.certificates ?? []).map((each) => {
    demand(each instanceof pkijs.Certificate, 'carries what is no certificate');
    return each as pkijs.Certificate;
  });
  demand(certificates.length === message.signerInfos.length, 'has not one certificate a signer');
  const hash = digest ?? sha256(content ?? Buffer.alloc(0));
  const signers = message.signerInfos.map((signer) =>
    checkSigner(signer, certificates, contentType, hash),
  );
  const distinct = new Set(signers.map(({ certificate }) => certificate.fingerprint256));
  demand(signers.length > 0 && distinct.size === signers.length, 'has a signer twice, or none');
  return { signers, content };
}

/** Parses DER, and nothing but the one encoding of what it says. Throws SignedMessageError. */
export function strictDer<Part extends { toSchema(): { toBER(): ArrayBuffer } }>(
  bytes: Buffer,
  read: (schema: asn1js.AsnType) => Part,
): Part {
  try {
    const { offset, result } = asn1js.fromBER(Uint8Array.from(bytes).buffer);
    if (offset === bytes.length && result.error === '') {
      const part = read(result);
      if (toDer(part).equals(bytes)) return part;
    }
  } catch {
    // not DER at all: the same sentence
  }
  throw new SignedMessageError('is damaged: it is not the encoding of a message');
}

function checkSigner(
  signer: pkijs.SignerInfo,
  certificates: readonly pkijs.Certificate[],
  contentType: string,
  hash: Buffer,
): SignedMessage['signers'][number] {
  const { sid, signedAttrs } = signer;
  if (!(sid instanceof pkijs.IssuerAndSerialNumber)) {
    throw new SignedMessageError('does not say whose signature it has');
  }
  // By bytes: names that differ in case only are the same to X.500, and no signature covers this one.
  const issuer = toDer(sid.issuer);
  const found = certificates.find(
    (each) => each.serialNumber.isEqual(sid.serialNumber) && toDer(each.issuer).equals(issuer),
  );
  if (found === undefined) throw new SignedMessageError('lacks the certificate of a signer');
  const certificate = new X509Certificate(toDer(found));
  demand(signer.version === 1 && isSha256([signer.digestAlgorithm]), 'has a signature of old');
  demand(signer.unsignedAttrs === undefined, 'carries attributes that nobody signed');
  const { algorithmId, algorithmParams } = signer.signatureAlgorithm;
  demand(
    algorithmId === oids.ecdsaWithSha256 && algorithmParams === undefined,
    'has a signature that is not ECDSA with SHA-256',
  );
  if (signedAttrs === undefined) throw new SignedMessageError('has no signed attributes');
  const values = attributeValues(signedAttrs.attributes);
  demand(typeOf(values(oids.contentType)) === contentType, 'signs something else');
  demand(octets(values(oids.messageDigest)).equals(hash), 'is over other bytes');
  const named = certificateHash(values(oids.signingCertificateV2));
  demand(named.equals(sha256(certificate.raw)), 'names another certificate');
  const isGood = verify(
    'sha256',
    Buffer.from(signedAttrs.encodedValue),
    certificate.publicKey,
    Buffer.from(signer.signature.getValue()),
  );
  demand(isGood, 'has a signature that does not verify');
  return { certificate, at: timeOf(values(oids.signingTime)) };
}

function attributeValues(attributes: readonly pkijs.Attribute[]) {
  const byType = new Map(attributes.map((each) => [each.type, each.values as unknown[]]));
  demand(byType.size === attributes.length && attributes.length === 4, 'has other attributes');
  return (type: string): unknown => {
    const [value, ...more] = byType.get(type) ?? [];
    demand(value !== undefined && more.length === 0, 'lacks an attribute');
    return value;
  };
}

function octets(value: unknown): Buffer {
  if (value instanceof asn1js.OctetString) return Buffer.from(value.getValue());
  throw new SignedMessageError('has an attribute of another form');
}

/** SigningCertificateV2 -> certs -> ESSCertIDv2 -> certHash (RFC 5035). */
const certificateHash = (value: unknown): Buffer => octets(firstOf(firstOf(firstOf(value))));

const firstOf = (value: unknown): unknown =>
  value instanceof asn1js.Sequence ? value.valueBlock.value[0] : undefined;

const typeOf = (value: unknown): string =>
  value instanceof asn1js.ObjectIdentifier ? value.getValue() : '';

function timeOf(value: unknown): Date {
  if (value instanceof asn1js.UTCTime || value instanceof asn1js.GeneralizedTime) {
    return value.toDate();
  }
  throw new SignedMessageError('does not say when it was signed');
}

const isSha256 = (algorithms: readonly pkijs.AlgorithmIdentifier[]): boolean =>
  algorithms.length === 1 &&
  algorithms[0]?.algorithmId === oids.sha256 &&
  algorithms[0].algorithmParams === undefined;

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

function demand(holds: boolean, because: string): void {
  if (!holds) throw new SignedMessageError(because);
}
