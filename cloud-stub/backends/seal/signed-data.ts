/** CMS SignedData (RFC 5652) with signed attributes: what seals and time-stamp tokens are. */
import { createHash, type KeyObject, sign } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import type { EpochMs } from '../../../device/wire/time.ts';

export const oids = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  timeStampInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  sha256: '2.16.840.1.101.3.4.2.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
} as const;

export type CmsSigner = {
  /** DER. */
  readonly certificate: Uint8Array;
  /** P-256. */
  readonly key: KeyObject;
};

export type CmsContent = {
  readonly type: typeof oids.data | typeof oids.timeStampInfo;
  readonly bytes: Uint8Array;
  /** Whether the content stands in the message or beside it. */
  readonly enclosed: boolean;
};

/** A ContentInfo with SignedData, DER: one SignerInfo each. */
export function signedData(
  content: CmsContent,
  signers: readonly CmsSigner[],
  at: EpochMs,
): pkijs.ContentInfo {
  const certificates = signers.map(({ certificate }) =>
    pkijs.Certificate.fromBER(own(certificate)),
  );
  const message = new pkijs.SignedData({
    // RFC 5652, 5.1: 1 for plain data, 3 for anything else.
    version: content.type === oids.data ? 1 : 3,
    digestAlgorithms: [sha256Algorithm()],
    encapContentInfo: new pkijs.EncapsulatedContentInfo({
      eContentType: content.type,
      ...(content.enclosed
        ? { eContent: new asn1js.OctetString({ valueHex: own(content.bytes) }) }
        : {}),
    }),
    certificates: sortedDer(certificates),
    signerInfos: sortedDer(
      signers.map((signer, index) =>
        signerInfo(content, signer, certificates[index] as pkijs.Certificate, at),
      ),
    ),
  });
  return new pkijs.ContentInfo({ contentType: oids.signedData, content: message.toSchema(true) });
}

export const toDer = (part: { toSchema(): { toBER(sizeOnly?: boolean): ArrayBuffer } }): Buffer =>
  Buffer.from(part.toSchema().toBER(false));

function signerInfo(
  content: CmsContent,
  { certificate, key }: CmsSigner,
  parsed: pkijs.Certificate,
  at: EpochMs,
): pkijs.SignerInfo {
  const attributes = sortedDer([
    attribute(oids.contentType, new asn1js.ObjectIdentifier({ value: content.type })),
    attribute(oids.signingTime, timeOf(at)),
    attribute(oids.messageDigest, new asn1js.OctetString({ valueHex: digest(content.bytes) })),
    attribute(oids.signingCertificateV2, signingCertificate(certificate)),
  ]);
  // RFC 5652, 5.4: signed as a SET OF, though it stands in the message with a tag of its own.
  const signedBytes = new asn1js.Set({ value: attributes.map((each) => each.toSchema()) }).toBER();
  const signature = sign('sha256', Buffer.from(signedBytes), key);
  return new pkijs.SignerInfo({
    version: 1,
    sid: new pkijs.IssuerAndSerialNumber({
      issuer: parsed.issuer,
      serialNumber: parsed.serialNumber,
    }),
    digestAlgorithm: sha256Algorithm(),
    signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes }),
    signatureAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: oids.ecdsaWithSha256 }),
    signature: new asn1js.OctetString({ valueHex: own(signature) }),
  });
}

const attribute = (type: string, value: asn1js.AsnType): pkijs.Attribute =>
  new pkijs.Attribute({ type, values: [value] });

/** RFC 5652, 11.3: UTCTime through 2049, and the other from 2050 on. */
function timeOf(at: EpochMs): asn1js.AsnType {
  const valueDate = new Date(Math.floor(at / 1000) * 1000);
  return valueDate.getUTCFullYear() < 2050
    ? new asn1js.UTCTime({ valueDate })
    : new asn1js.GeneralizedTime({ valueDate });
}

/** RFC 5035: which certificate signed stands under the signature; its hash is SHA-256, the default. */
const signingCertificate = (certificate: Uint8Array): asn1js.AsnType => {
  const id = new asn1js.Sequence({
    value: [new asn1js.OctetString({ valueHex: digest(certificate) })],
  });
  return new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [id] })] });
};

const sha256Algorithm = () => new pkijs.AlgorithmIdentifier({ algorithmId: oids.sha256 });

/** DER orders a SET OF by the bytes of its members. */
function sortedDer<Part extends { toSchema(): { toBER(sizeOnly?: boolean): ArrayBuffer } }>(
  parts: readonly Part[],
): Part[] {
  return parts
    .map((part) => ({ part, der: toDer(part) }))
    .toSorted((a, b) => Buffer.compare(a.der, b.der))
    .map(({ part }) => part);
}

const digest = (bytes: Uint8Array): ArrayBuffer => own(createHash('sha256').update(bytes).digest());

/** A buffer of these bytes only, as the library wants it. */
const own = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
