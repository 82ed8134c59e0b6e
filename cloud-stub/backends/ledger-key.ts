/**
 * The key that signs the ledger's checkpoints: Ed25519, in a file of its own beside the master key,
 * outside the data directory. Its name is that of the ledger, and names no other.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Entropy } from '../ports.ts';
import type { LedgerSigner } from '../ports-ledger.ts';
import { DurableFolders, syncFolder } from './folders.ts';

/** What stands before the 32 bytes of the seed in a PKCS #8 (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const seedBytes = 32;

/** The ledger's key is not one, or not the one that signed what is there. */
export class LedgerKeyError extends Error {
  override readonly name = 'LedgerKeyError';
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`ledger key ${path}: ${message}`, options);
    this.path = path;
  }
}

/** Made at the first start. Throws LedgerKeyError. */
export async function openFileLedgerSigner({
  path,
  entropy,
}: {
  /** Outside the data directory. */
  readonly path: string;
  readonly entropy: Entropy;
}): Promise<LedgerSigner> {
  const pem = (await readIfThere(path)) ?? (await makeKeyFile(path, entropy));
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new LedgerKeyError(path, 'is no private key in PEM', { cause: error });
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new LedgerKeyError(path, `is a key of type ${key.asymmetricKeyType}, expected ed25519`);
  }
  return signerOf(key);
}

/** For simulations: the same seed, the same signatures. */
export const openMemoryLedgerSigner = (entropy: Entropy): LedgerSigner =>
  signerOf(keyFromSeed(entropy));

function signerOf(key: KeyObject): LedgerSigner {
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
  const fingerprint = createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
  return {
    name: `doorbell-emulator.example/ledger/${fingerprint}`,
    publicKey,
    sign: async (text) => sign(null, text, key),
  };
}

const keyFromSeed = (entropy: Entropy): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, entropy.bytes(seedBytes)]),
    format: 'der',
    type: 'pkcs8',
  });

/** Written beside, synced, renamed: the file is whole or not there. */
async function makeKeyFile(path: string, entropy: Entropy): Promise<string> {
  const pem = keyFromSeed(entropy).export({ format: 'pem', type: 'pkcs8' }).toString();
  await new DurableFolders(dirname(path)).ensure(dirname(path));
  const temporary = `${path}.new`;
  await writeFile(temporary, pem, { mode: 0o600, flush: true });
  await rename(temporary, path);
  await syncFolder(dirname(path));
  return pem;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new LedgerKeyError(path, 'cannot be read', { cause: error });
  }
}
