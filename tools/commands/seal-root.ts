/** `doorbell seal-root`: what a provider publishes, so that others can verify its bags. */
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { openOfficeKeys } from '../../cloud-stub/backends/seal/office-keys.ts';
import { officeFolder } from '../../cloud-stub/host-sealing.ts';
import { CommandFailure } from './failure.ts';
import { printJson } from './output.ts';
import { placesOf } from './places.ts';

export function addSealRootCommand(program: Command): void {
  program
    .command('seal-root')
    .description('print the certificate that vouches for the seals of this cloud, to be published')
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--json', 'print JSON')
    .action(async (options: { readonly data?: string; readonly json?: boolean }) => {
      const folder = path.join(placesOf(options.data).secrets, officeFolder);
      if (!existsSync(folder)) {
        throw new CommandFailure(`no cloud has run on this data folder: there is no ${folder}`, 2);
      }
      const { rootPem } = await openOfficeKeys(folder);
      const { subject, fingerprint256 } = new X509Certificate(rootPem);
      if (options.json === true) {
        printJson({ subject: subject.split('\n'), fingerprint256, pem: rootPem });
        return;
      }
      // Lines before the certificate are for people; openssl and `doorbell verify` pass them over.
      console.log(
        `${subject.replaceAll('\n', ', ')}\nSHA-256 ${fingerprint256}\n${rootPem.trim()}`,
      );
    });
}
