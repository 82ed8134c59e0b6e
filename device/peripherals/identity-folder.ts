/** The device's identity as it was issued: a folder with its key, its certificate and the brokers' authority. */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Signer } from '../board.ts';
import type { LinkIdentity } from './link-address.ts';

export type DeviceIdentity = LinkIdentity & { readonly signer: Signer };

/** The identity is missing, unsafe, or not what a doorbell needs. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
}

/** Reads `key.pem`, `certificate.pem` and `ca.pem`. Throws IdentityError naming the file and what was expected. */
export async function readIdentity(folder: string): Promise<DeviceIdentity> {
  const keyFile = join(folder, 'key.pem');
  const certificateFile = join(folder, 'certificate.pem');
  const keyPem = await readPem(keyFile, 'a private key');
  await checkPrivate(keyFile);
  const certificatePem = await readPem(certificateFile, "the key's certificate");
  const caPem = await readPem(join(folder, 'ca.pem'), "the brokers' authority");
  const key = parse(keyFile, 'a private key', () => createPrivateKey(keyPem));
  const curve = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType;
  if (curve !== 'prime256v1') {
    throw new IdentityError(`${keyFile}: a key of type ${curve}, expected ECDSA P-256`);
  }
  const certificate = parse(
    certificateFile,
    'a certificate',
    () => new X509Certificate(certificatePem),
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new IdentityError(`${certificateFile}: certifies another key than ${keyFile}`);
  }
  return { keyPem, certificatePem, caPem, signer: signerOf(key) };
}

const signerOf = (key: KeyObject): Signer => ({ sign: (bytes) => sign('sha256', bytes, key) });

async function readPem(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const found = code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`;
    throw new IdentityError(`${file}: ${found}, expected ${what}`, { cause: error });
  }
}

/** A key that others on this machine can read is no key. */
async function checkPrivate(file: string): Promise<void> {
  if (process.platform === 'win32') return;
  const mode = (await stat(file)).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    const octal = mode.toString(8).padStart(4, '0');
    throw new IdentityError(`${file}: mode ${octal} lets others read the key, expected 0600`);
  }
}

function parse<Result>(file: string, what: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new IdentityError(`${file}: not ${what} in PEM`, { cause: error });
  }
}
