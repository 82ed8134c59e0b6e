/** What seals and stamps bags of evidence: the rest of the seam is ports.ts. */
import type { EpochMs } from '../device/wire/time.ts';

/** Seals bags for the people of the records office. Throws SealError. */
export type Sealer = {
  /**
   * A CMS SignedData (DER) over `content`, which is not in it, with a SignerInfo for each signer in
   * their order, their certificates included.
   */
  seal(content: Uint8Array, signers: readonly BagSigner[], at: EpochMs): Promise<Uint8Array>;
  /** PEM: the certificate that vouches for all signers. */
  rootPem(): Promise<string>;
  /** PEM: the certificates of these signers, in their order, and those between them and the root. */
  chainPem(signers: readonly BagSigner[]): Promise<string>;
};
export type BagSigner = {
  readonly role: 'custodian' | 'approver';
  readonly principal: string;
  readonly name: string;
  readonly title: string;
};

/** A time-stamping authority (RFC 3161). Throws SealError. */
export type TimeStamper = {
  /** A TimeStampResp (DER) that was granted, over `content`, its certificate included. */
  stamp(content: Uint8Array): Promise<Uint8Array>;
  /** PEM: the authority's certificate, and those between it and the root. */
  chainPem(): Promise<string>;
  /** PEM: the certificate that vouches for it. */
  rootPem(): Promise<string>;
};

/** Something could not be sealed or stamped: a key is missing or damaged, an authority is away. */
export class SealError extends Error {
  override readonly name = 'SealError';
}
