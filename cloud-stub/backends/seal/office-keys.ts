/**
 * The records office's own authority, in a folder of the secrets: it vouches for those who seal
 * bags and for the time-stamps, and for nothing else. Not the authority of the doorbells: who
 * trusts that one would take a doorbell's signature for a custodian's.
 */
import 'reflect-metadata';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { epochMs } from '../../../device/wire/time.ts';
import { type BagSigner, SealError } from '../../ports-sealing.ts';
import {
  type Authority,
  issue,
  loadAuthority,
  makeAuthority,
  subject,
  type Validity,
} from '../pki/certificate.ts';
import { readIdentity, writeIdentity } from '../pki/identity.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../pki/private-folder.ts';
import type { CmsSigner } from './signed-data.ts';

export type OfficeKeys = {
  readonly rootPem: string;
  signer(who: BagSigner): Promise<KeptSigner>;
  stamper(): Promise<KeptSigner>;
};
export type KeptSigner = CmsSigner & { readonly certificatePem: string };

const emailProtection = '1.3.6.1.5.5.7.3.4';
const timeStamping = '1.3.6.1.5.5.7.3.8';

/**
 * An emulated office may work in any year: its clock can be virtual. So no certificate of it ends
 * before the century's half, as UTCTime would have to be given up then.
 */
const validity: Validity = {
  from: epochMs(Date.UTC(2000, 0, 1)),
  to: epochMs(Date.UTC(2049, 11, 31)),
};

/** Opens the authority in `folder`, making it when there is none. Throws SealError. */
export async function openOfficeKeys(folder: string): Promise<OfficeKeys> {
  const authority = await explained(folder, async () => {
    await makePrivateFolder(folder);
    return openOwnAuthority(join(folder, 'authority'));
  });
  const kept = new Map<string, Promise<KeptSigner>>();
  /** One at a time for each name, or two seals at once would make two keys. */
  const keep = (name: string, make: () => ReturnType<typeof issue>): Promise<KeptSigner> => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const opening = explained(folder, () => openPair(join(folder, name), authority, make));
    kept.set(name, opening);
    opening.catch(() => kept.delete(name));
    return opening;
  };
  return {
    rootPem: authority.certificatePem,
    signer: (who) =>
      keep(join('signers', nameOf(who)), () =>
        issue(authority, subjectOf(who), validity, [
          new x509.ExtendedKeyUsageExtension([emailProtection]),
        ]),
      ),
    stamper: () =>
      keep('time-stamping', () =>
        // RFC 3161, 2.3: its only purpose, and critical.
        issue(authority, subject('records office time-stamping'), validity, [
          new x509.ExtendedKeyUsageExtension([timeStamping], true),
        ]),
      ),
  };
}

async function openOwnAuthority(folder: string): Promise<Authority> {
  const keyPath = join(folder, 'key.pem');
  const certificatePath = join(folder, 'certificate.pem');
  if ((await readIfThere(certificatePath)) === null) {
    const made = await makeAuthority('records office authority', validity);
    await makePrivateFolder(folder);
    await replacePrivateFile(keyPath, made.keyPem);
    // The certificate last: a folder that has one is whole.
    await replacePrivateFile(certificatePath, made.certificatePem);
  }
  const keyPem = await readIfThere(keyPath);
  const certificatePem = await readIfThere(certificatePath);
  if (keyPem === null || certificatePem === null) throw new Error('its key is missing');
  return loadAuthority({ keyPem, certificatePem });
}

async function openPair(
  folder: string,
  { certificatePem: caPem }: Authority,
  make: () => ReturnType<typeof issue>,
): Promise<KeptSigner> {
  const found = await readIdentity(folder);
  const pair = found ?? { ...(await make()), caPem };
  if (found === null) {
    await makePrivateFolder(join(folder, '..'));
    await writeIdentity(folder, pair);
  }
  const certificate = new X509Certificate(pair.certificatePem);
  const key = createPrivateKey(pair.keyPem);
  if (!certificate.checkPrivateKey(key)) throw new Error(`${folder}: key and certificate differ`);
  return { key, certificate: certificate.raw, certificatePem: pair.certificatePem };
}

/** A role, a name or a title that changes is another certificate. */
const nameOf = ({ role, principal, name, title }: BagSigner): string => {
  const digest = createHash('sha256').update(JSON.stringify([role, principal, name, title]));
  return `${role}-${digest.digest('hex').slice(0, 24)}`;
};

const subjectOf = ({ role, principal, name, title }: BagSigner): x509.JsonName => [
  { O: ['doorbell-emulator'] },
  { OU: [role] },
  { T: [title] },
  { CN: [name] },
  // userId
  { '0.9.2342.19200300.100.1.1': [principal] },
];

async function explained<Result>(folder: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    const because = cause instanceof Error ? cause.message : String(cause);
    throw new SealError(`the keys of the records office in ${folder}: ${because}`, { cause });
  }
}
