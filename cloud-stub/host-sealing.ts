/** What seals bags of evidence on this host: its own authority beside the master key, bags beside the vault. */
import { join } from 'node:path';
import { cryptoEntropy } from './backends/crypto-entropy.ts';
import { openFileVault } from './backends/file-vault.ts';
import { cmsSealer } from './backends/seal/cms-sealer.ts';
import { openOfficeKeys } from './backends/seal/office-keys.ts';
import { embeddedTimeStamper } from './backends/seal/time-stamping.ts';
import { countedPorts } from './backends/work-in-flight.ts';
import type { CloudOptions } from './cloud.ts';
import type { CloudConfig } from './config.ts';
import { openMirroredKeys } from './host-backup.ts';
import type { HostClock } from './host-clock.ts';

/** Below the secrets folder. */
export const officeFolder = 'records-office';

export async function openHostSealing(
  folders: CloudConfig['folders'],
  { clock, virtual }: HostClock,
  version: string,
): Promise<NonNullable<CloudOptions['sealing']>> {
  const keys = await openOfficeKeys(join(folders.secrets, officeFolder));
  const bags = {
    vault: await openFileVault(join(folders.data, 'bags', 'vault')),
    keys: await openMirroredKeys(folders, 'bags/keys'),
  };
  return {
    bags: virtual === null ? bags : countedPorts(bags, virtual.work),
    sealer: cmsSealer(keys),
    stamper: embeddedTimeStamper(keys, { clock, entropy: cryptoEntropy }),
    software: softwareText(version),
  };
}

/** As a certificate names it: with what computes its hashes and signatures. */
export const softwareText = (version: string): string =>
  `doorbell-emulator ${version} on Node.js ${process.versions.node}, OpenSSL ${process.versions.openssl}`;
