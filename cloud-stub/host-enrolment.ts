/** Enrolment on this host: the secret from its file, certificates from the authority, the new doorbell's owner. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { enrolmentSecretCharactersMin } from '../device/wire/enrolment.ts';
import type { Enrolment } from './api/enrolment-routes.ts';
import type { Pki } from './backends/pki/pki.ts';
import { PkiError } from './backends/pki/pki-error.ts';
import type { Cloud } from './cloud.ts';
import { type CloudConfig, CloudConfigError } from './config.ts';

/** Throws CloudConfigError. */
export async function openEnrolment(
  { secretFile, owner }: NonNullable<CloudConfig['enrolment']>,
  { accounts, registry }: Pick<Cloud, 'accounts' | 'registry'>,
  pki: Pki,
): Promise<Enrolment> {
  return {
    secret: await readSecret(secretFile),
    async certify(thing, csr) {
      let certificate: string;
      try {
        certificate = await pki.certifyDevice(thing, csr);
      } catch (error) {
        if (error instanceof PkiError) return error.message.replace(/ \(authority in .*\)$/, '');
        throw error;
      }
      const enrolled = await registry.enrol(thing, certificate);
      if (!enrolled.ok) return `${thing} cannot be enrolled: ${enrolled.because}`;
      const account = (await accounts.list()).find(({ name }) => name === owner)?.account;
      // Owned already: it enrolled before, and asks again.
      if (account !== undefined) await accounts.claim(account, thing);
      return { certificate, ca: pki.caPem };
    },
  };
}

/** The secret in the file; where there is none, one is made there for doorbells to be given. */
async function readSecret(file: string): Promise<string> {
  let secret: string;
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
  } catch {
    // There is one already, or none can be made: reading tells.
  }
  try {
    secret = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new CloudConfigError([`CLOUD_ENROLMENT_SECRET_FILE is '${file}': ${String(error)}`]);
  }
  if (secret.length >= enrolmentSecretCharactersMin) return secret;
  throw new CloudConfigError([
    `the enrolment secret in '${file}' has ${secret.length} characters, expected at least ` +
      `${enrolmentSecretCharactersMin}`,
  ]);
}
