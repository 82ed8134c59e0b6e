/** The seal of a bag: two people's signatures over the tag manifest, and a time-stamp over both. */
import { createHash, type X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { oids } from '../../cloud-stub/backends/seal/signed-data.ts';
import { bagPaths } from '../../cloud-stub/legal/export-manifest.ts';
import { readPieces, readSmall } from './bag-file.ts';
import type { FoundFile, Walk } from './bag-walk.ts';
import { certificateFault, type Person, type Purpose, personOf, readPem } from './certificates.ts';
import type { BagCheck, Faults } from './fault.ts';
import {
  readSignedMessage,
  type SignedMessage,
  SignedMessageError,
  strictDer,
} from './signed-message.ts';

/** `self-asserted`: by certificates in the bag itself, which whoever forges a bag forges as well. */
export type Trust = 'given' | 'self-asserted';

export type SealFacts = {
  readonly signers: readonly Person[];
  readonly sealedAt: Date | null;
  readonly trust: Trust;
};

const { seal, stamp, root, signerChain, stampRoot, stampChain, tagManifest } = bagPaths;
const roles = ['custodian', 'approver'];

export async function checkSeal(
  folder: string,
  walk: Walk,
  trusted: readonly X509Certificate[],
  faults: Faults,
): Promise<SealFacts> {
  const trust: Trust = trusted.length > 0 ? 'given' : 'self-asserted';
  const [sealFile, stampFile, listFile] = [seal, stamp, tagManifest].map((path) =>
    walk.files.get(path),
  );
  if (sealFile === undefined || stampFile === undefined || listFile === undefined) {
    faults.add('seal', null, 'is not sealed and stamped');
    return { signers: [], sealedAt: null, trust };
  }
  const listed = await digestOf(folder, listFile);
  const sealBytes = await readSmall(folder, sealFile);
  const stampBytes = await readSmall(folder, stampFile);
  const stamped = attempt(faults, 'time-stamp', stamp, () => readStamp(stampBytes, sealBytes));
  const sealed = attempt(faults, 'seal', seal, () =>
    readSignedMessage(strictDer(sealBytes, contentInfo), oids.data, listed),
  );
  const led = { folder, walk, trusted, faults, at: stamped?.at ?? null };
  if (stamped !== null) {
    await leadBack(led, stamped.message, 'time-stamping', stampRoot, stampChain);
  }
  if (sealed === null) return { signers: [], sealedAt: stamped?.at ?? null, trust };
  await leadBack(led, sealed, 'sealing', root, signerChain);
  const signers = sealed.signers
    .map(({ certificate }) => certificate)
    .toSorted(byRole)
    .map(personOf);
  checkPeople(signers, faults);
  for (const { at } of sealed.signers) {
    // A stamp is of a second, a signature too.
    if (stamped !== null && at > stamped.at) faults.add('seal', seal, 'was signed after its stamp');
  }
  return { signers, sealedAt: stamped?.at ?? null, trust };
}

/** [LEG-5] */
function checkPeople(signers: readonly Person[], faults: Faults): void {
  const found = signers.map(({ role }) => role).join(' and ');
  if (found !== roles.join(' and ')) {
    faults.add('seal', seal, `is signed by ${found || 'nobody'}, not by ${roles.join(' and ')}`);
  } else if (new Set(signers.map(({ principal }) => principal)).size < signers.length) {
    faults.add('seal', seal, 'is signed twice by one person');
  }
}

/** TimeStampResp -> token -> TSTInfo (RFC 3161). Throws SignedMessageError. */
function readStamp(bytes: Buffer, sealBytes: Buffer): { message: SignedMessage; at: Date } {
  const response = strictDer(bytes, (schema) => new pkijs.TimeStampResp({ schema }));
  const { status, statusStrings, failInfo } = response.status;
  if (status !== 0 || statusStrings !== undefined || failInfo !== undefined) {
    throw new SignedMessageError('was not granted');
  }
  if (response.timeStampToken === undefined) throw new SignedMessageError('has no token');
  const message = readSignedMessage(response.timeStampToken, oids.timeStampInfo, null);
  // Signed as it stands, so that its encoding needs no second look.
  const { result } = asn1js.fromBER(Uint8Array.from(message.content ?? []).buffer);
  const info = new pkijs.TSTInfo({ schema: result });
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  const hash = createHash('sha256').update(sealBytes).digest();
  const isOf = hash.equals(Buffer.from(hashedMessage.getValue()));
  if (hashAlgorithm.algorithmId !== oids.sha256 || !isOf) {
    throw new SignedMessageError('is of another seal');
  }
  return { message, at: info.genTime };
}

type Leading = {
  readonly folder: string;
  readonly walk: Walk;
  readonly trusted: readonly X509Certificate[];
  readonly faults: Faults;
  /** When the certificates must be in force; null: the stamp does not say. */
  readonly at: Date | null;
};

/** From the signers by the certificates that lie in the bag to the root, and to what is trusted. */
async function leadBack(
  { folder, walk, trusted, faults, at }: Leading,
  { signers }: SignedMessage,
  purpose: Purpose,
  rootPath: string,
  chainPath: string,
): Promise<void> {
  const check = purpose === 'sealing' ? 'seal' : 'time-stamp';
  const pemAt = async (path: string) => {
    const found = walk.files.get(path);
    if (found === undefined) return null; // told as missing
    const read = readPem((await readSmall(folder, found)).toString('latin1'));
    if (read === null) faults.add(check, path, 'is not certificates in PEM, or is damaged');
    return read;
  };
  const [root, ...others] = (await pemAt(rootPath)) ?? [];
  const chain = await pemAt(chainPath);
  if (root === undefined || chain === null) return;
  if (others.length > 0) faults.add(check, rootPath, 'has more than one certificate');
  const isTrusted = trusted.some((each) => each.fingerprint256 === root.fingerprint256);
  if (trusted.length > 0 && !isTrusted) {
    faults.add(check, rootPath, 'is none of the certificates that you trust');
  }
  const fingerprints = (some: readonly X509Certificate[]) =>
    some.map(({ fingerprint256 }) => fingerprint256).join();
  const signing = signers.map(({ certificate }) => certificate).toSorted(byRole);
  if (fingerprints(chain) !== fingerprints(signing)) {
    faults.add(check, chainPath, 'has other certificates than the signatures');
  }
  for (const { certificate } of signers) {
    const because = certificateFault(certificate, root, purpose, at ?? certificate.validFromDate);
    if (because !== null) faults.add(check, purpose === 'sealing' ? seal : stamp, because);
  }
}

const byRole = (a: X509Certificate, b: X509Certificate): number =>
  roles.indexOf(personOf(a).role) - roles.indexOf(personOf(b).role);

const contentInfo = (schema: unknown) => new pkijs.ContentInfo({ schema });

async function digestOf(folder: string, file: FoundFile): Promise<Buffer> {
  const whole = createHash('sha256');
  for await (const piece of readPieces(folder, file)) whole.update(piece);
  return whole.digest();
}

function attempt<Result>(
  faults: Faults,
  check: BagCheck,
  path: string,
  act: () => Result,
): Result | null {
  try {
    return act();
  } catch (error) {
    // Whatever a library throws over bytes of a stranger, they are no message.
    const isOurs = error instanceof SignedMessageError;
    faults.add(check, path, isOurs ? error.message : 'is damaged: it cannot be read as a message');
    return null;
  }
}
