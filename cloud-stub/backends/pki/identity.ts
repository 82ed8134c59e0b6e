/**
 * A doorbell's or service's identity as a folder: key.pem, certificate.pem and ca.pem, as device
 * tools expect them.
 */
import { join } from 'node:path';
import type { KeyAndCertificate } from './certificate.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile } from './private-folder.ts';

export type IdentityFiles = KeyAndCertificate & { readonly caPem: string };

/** Writes the three files, the certificate last: a folder that has one is whole. */
export async function writeIdentity(folder: string, identity: IdentityFiles): Promise<void> {
  await makePrivateFolder(folder);
  await replacePrivateFile(join(folder, 'key.pem'), identity.keyPem);
  await replacePrivateFile(join(folder, 'ca.pem'), identity.caPem);
  await replacePrivateFile(join(folder, 'certificate.pem'), identity.certificatePem);
}

/** The identity in a folder, or null when it holds none or only a part of one. */
export async function readIdentity(folder: string): Promise<IdentityFiles | null> {
  const [keyPem, caPem, certificatePem] = await Promise.all(
    ['key.pem', 'ca.pem', 'certificate.pem'].map((name) => readIfThere(join(folder, name))),
  );
  if (keyPem == null || caPem == null || certificatePem == null) return null;
  return { keyPem, caPem, certificatePem };
}
