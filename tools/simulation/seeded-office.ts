/**
 * What seals bags in a simulation: a records office whose keys and certificates follow from a seed, bags in memory.
 * Everything of a bag but `sig/` is then the same for the same story. [EXP-6]
 */
import 'reflect-metadata';
import { createHash, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { openMemoryKeyVault } from '../../cloud-stub/backends/memory-key-vault.ts';
import { openMemoryVault } from '../../cloud-stub/backends/memory-vault.ts';
import { cmsSealer } from '../../cloud-stub/backends/seal/cms-sealer.ts';
import type { KeptSigner, OfficeKeys } from '../../cloud-stub/backends/seal/office-keys.ts';
import { embeddedTimeStamper } from '../../cloud-stub/backends/seal/time-stamping.ts';
import type { CloudOptions } from '../../cloud-stub/cloud.ts';
import type { Entropy } from '../../cloud-stub/ports.ts';
import type { BagSigner, Sealer, TimeStamper } from '../../cloud-stub/ports-sealing.ts';
import { epochMs } from '../../device/wire/time.ts';
import { issueSeeded, makeSeededAuthority, type SeededAuthority } from './seeded-certificate.ts';
import { makeSeededKey } from './seeded-key.ts';
import type { VirtualTime } from './virtual-time.ts';

type Sealing = NonNullable<CloudOptions['sealing']>;

const authorityName = 'simulated records office';
const validity = { from: epochMs(Date.UTC(2000, 0, 1)), to: epochMs(Date.UTC(2049, 11, 31)) };
const emailProtection = '1.3.6.1.5.5.7.3.4';
const timeStamping = '1.3.6.1.5.5.7.3.8';

/** Sealing and stamping wait for threads: time waits for them. */
export async function openSeededOffice(
  seed: string,
  { clock }: VirtualTime,
  entropy: Entropy,
): Promise<Sealing> {
  const keys = await makeSeededOfficeKeys(seed);
  const sealer = cmsSealer(keys);
  const stamper = embeddedTimeStamper(keys, { clock, entropy });
  const { work } = clock;
  const counted: { readonly sealer: Sealer; readonly stamper: TimeStamper } = {
    sealer: {
      seal: (...asked) => work.track(sealer.seal(...asked)),
      rootPem: () => work.track(sealer.rootPem()),
      chainPem: (signers) => work.track(sealer.chainPem(signers)),
    },
    stamper: {
      stamp: (content) => work.track(stamper.stamp(content)),
      chainPem: () => work.track(stamper.chainPem()),
      rootPem: () => work.track(stamper.rootPem()),
    },
  };
  return {
    ...counted,
    // The same bag for the same seed, on whatever it runs.
    software: 'doorbell-emulator, in a simulation',
    bags: { vault: openMemoryVault(), keys: openMemoryKeyVault(entropy) },
  };
}

async function makeSeededOfficeKeys(seed: string): Promise<OfficeKeys> {
  const authority = await makeSeededAuthority(authorityName);
  const issued = new Map<string, Promise<KeptSigner>>();
  const keep = (
    name: string,
    subject: x509.JsonName,
    purpose: x509.Extension,
  ): Promise<KeptSigner> => {
    const known = issued.get(name);
    if (known !== undefined) return known;
    const made = makeSigner(authority, `${seed}/${name}`, subject, purpose);
    issued.set(name, made);
    return made;
  };
  return {
    rootPem: await rootOf(authority),
    signer: (who) =>
      keep(nameOf(who), subjectOf(who), new x509.ExtendedKeyUsageExtension([emailProtection])),
    stamper: () =>
      keep(
        'time-stamping',
        [{ CN: ['simulated time-stamping'] }],
        new x509.ExtendedKeyUsageExtension([timeStamping], true),
      ),
  };
}

async function makeSigner(
  authority: SeededAuthority,
  seed: string,
  subject: x509.JsonName,
  purpose: x509.Extension,
): Promise<KeptSigner> {
  const key = makeSeededKey(seed);
  const publicKey = key.publicKey.export({ type: 'spki', format: 'der' });
  const certificatePem = await issueSeeded(authority, {
    subject,
    publicKey,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      purpose,
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  const certificate = new X509Certificate(certificatePem);
  return { key: key.privateKey, certificate: certificate.raw, certificatePem };
}

async function rootOf(authority: SeededAuthority): Promise<string> {
  const exported = await crypto.subtle.exportKey('spki', authority.publicKey);
  return issueSeeded(authority, {
    subject: [{ CN: [authorityName] }],
    publicKey: new Uint8Array(exported),
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
}

const nameOf = (who: BagSigner): string =>
  createHash('sha256').update(JSON.stringify(who)).digest('hex');

const subjectOf = ({ role, principal, name, title }: BagSigner): x509.JsonName => [
  { OU: [role] },
  { T: [title] },
  { CN: [name] },
  { '0.9.2342.19200300.100.1.1': [principal] },
];
