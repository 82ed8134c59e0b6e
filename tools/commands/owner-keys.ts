/** `doorbell key create` and `show`: the key for which a doorbell seals its footage, made on its owner's side. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  type OwnerKey as OpeningKey,
  readOwnerKey,
} from '../../cloud-stub/console/app/owner-key.ts';
import { type OwnerKey, ownerKeyId, ownerKeySchema } from '../../device/wire/footage-sealing.ts';
import { CommandFailure, reasonOf } from './failure.ts';
import { printJson } from './output.ts';

/** A new pair; the private half in PKCS #8, which openssl reads as well. */
export function createOwnerKey(): { readonly privatePem: string; readonly publicKey: OwnerKey } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKey: ownerKeyOf(privateKey),
  };
}

/** The public half, as doorbells are told it. */
export function ownerKeyOf(privateKey: KeyObject): OwnerKey {
  const { x = '', y = '' } = privateKey.export({ format: 'jwk' });
  const parts = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return ownerKeySchema.parse(Buffer.concat(parts).toString('base64url'));
}

export function addKeyCommands(program: Command): void {
  const key = program
    .command('key')
    .description('your key: to it your doorbell encrypts footage, end to end');

  key
    .command('create')
    .description('make a key pair; the cloud never gets the private half')
    .option('--out <file>', 'where to keep the private half', 'owner-key.pem')
    .option('--json', 'print JSON')
    .action(async ({ out, json }: { readonly out: string; readonly json?: boolean }) => {
      const made = createOwnerKey();
      try {
        await writeFile(out, made.privatePem, { mode: 0o600, flag: 'wx' });
      } catch (error) {
        throw new CommandFailure(`${out} was not written: ${reasonOf(error)}`, 2, { cause: error });
      }
      tell(made.publicKey, json, out);
      if (json === true) return;
      console.log(`\n${out} is the only thing that opens what is sealed to it: keep a copy elsewhere.
Give your doorbell the public half:

  DOORBELL_ENCRYPTION_OWNER_KEYS='["${made.publicKey}"]' npm start

"npx doorbell device" takes it so too, or as --encryption-owner-keys.`);
    });

  key
    .command('show <file>')
    .description('print the public half of a private key')
    .option('--json', 'print JSON')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      await readKeyFile(file);
      tell(ownerKeyOf(createPrivateKey(await readFile(file))), json);
    });
}

/** What opens footage, from a file. Throws CommandFailure. */
export async function readKeyFile(file: string): Promise<OpeningKey> {
  try {
    return await readOwnerKey(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CommandFailure(`${file} is of no use: ${reasonOf(error)}`, 2, { cause: error });
  }
}

function tell(publicKey: OwnerKey, json: boolean | undefined, file?: string): void {
  const id = ownerKeyId(publicKey);
  if (json === true) printJson({ id, publicKey, ...(file === undefined ? {} : { file }) });
  else console.log(`key     ${id}\npublic  ${publicKey}`);
}
