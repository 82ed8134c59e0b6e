/** The authority's key and certificate in their folder. */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { days, type EpochMs, hours, later } from '../../../device/wire/time.ts';
import { type Authority, certificateFacts, loadAuthority, makeAuthority } from './certificate.ts';
import { PkiError } from './pki-error.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile, syncNames } from './private-folder.ts';

/** Certificates begin a little early, so that a peer whose clock lags accepts them. */
export const backdate = hours(-1);
const lifetime = days(20 * 365);

/** Reads it, having made it when there was none. Throws PkiError, naming `folder`. */
export async function openAuthority(
  folder: string,
  path: string,
  now: EpochMs,
): Promise<Authority> {
  if ((await readIfThere(join(path, 'key.pem'))) === null) await create(path, now);
  const keyPem = await readIfThere(join(path, 'key.pem'));
  const certificatePem = await readIfThere(join(path, 'certificate.pem'));
  if (keyPem === null || certificatePem === null) {
    throw new PkiError(folder, 'the key or the certificate of the authority is missing');
  }
  try {
    return await loadAuthority({ keyPem, certificatePem });
  } catch (cause) {
    throw new PkiError(folder, 'the key or the certificate of the authority is damaged', { cause });
  }
}

/**
 * Made aside and renamed into place whole, so that of two processes starting at once one wins and
 * the other uses its authority.
 */
async function create(path: string, now: EpochMs): Promise<void> {
  const from = later(now, backdate);
  const validity = { from, to: later(from, lifetime) };
  const files = await makeAuthority('doorbell-emulator authority', validity);
  const scratch = `${path}.${certificateFacts(files.certificatePem).serial}.tmp`;
  await makePrivateFolder(scratch);
  await replacePrivateFile(join(scratch, 'key.pem'), files.keyPem);
  await replacePrivateFile(join(scratch, 'certificate.pem'), files.certificatePem);
  try {
    await rename(scratch, path);
    await syncNames(join(path, '..'));
  } catch (cause) {
    await rm(scratch, { recursive: true });
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw cause;
  }
}
