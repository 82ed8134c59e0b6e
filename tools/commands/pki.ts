/** `doorbell pki`: the project's own certificate authority. */
import type { Command } from 'commander';
import { writeIdentity } from '../../cloud-stub/backends/pki/identity.ts';
import { type IssuedFacts, openPki } from '../../cloud-stub/backends/pki/pki.ts';
import { PkiError } from '../../cloud-stub/backends/pki/pki-error.ts';
import { epochMs } from '../../device/wire/time.ts';
import { thingName } from './arguments.ts';
import { CommandFailure, reasonOf } from './failure.ts';
import { localTime, printJson, printRows } from './output.ts';
import { placesOf } from './places.ts';

type DataOption = { readonly data?: string; readonly json?: boolean };

export function addPkiCommand(program: Command): void {
  const pki = program
    .command('pki')
    .description('certificates of doorbells, services and the broker');

  dataOptions(pki.command('show').description('the authority and every certificate it issued'))
    .option('--json', 'print JSON')
    .action(async (options: DataOption) => {
      const facts = await (await open(options)).show();
      if (options.json === true) {
        printJson(facts);
        return;
      }
      console.log(`authority   ${facts.authority.commonName}, in ${facts.folder}`);
      console.log(`fingerprint ${facts.authority.fingerprint}`);
      console.log(`valid       until ${localTime(facts.authority.validTo)}\n`);
      printRows<IssuedFacts>(
        facts.issued,
        [
          { title: 'NAME', of: (row) => row.commonName },
          { title: 'SERIAL', of: (row) => row.serial },
          { title: 'VALID UNTIL', of: (row) => localTime(row.validTo) },
          {
            title: 'REVOKED',
            of: ({ revokedAt }) => (revokedAt === null ? '-' : localTime(revokedAt)),
          },
        ],
        { none: 'nothing issued yet' },
      );
    });

  dataOptions(pki.command('issue <thing>').description('issue a doorbell its key and certificate'))
    .option('--out <folder>', "where the identity goes (default: the doorbell's own folder)")
    .option('--json', 'print JSON')
    .action(async (name: string, options: DataOption & { readonly out?: string }) => {
      const thing = thingName(name);
      const folder = options.out ?? placesOf(options.data).identity(thing);
      const { keyPem, certificatePem, caPem, ...facts } = await (await open(options)).issueDevice(
        thing,
      );
      await writeIdentity(folder, { keyPem, certificatePem, caPem });
      if (options.json === true) printJson({ folder, ...facts });
      else console.log(`issued ${thing} (serial ${facts.serial}) into ${folder}`);
    });

  dataOptions(
    pki
      .command('revoke <thing-or-serial>')
      .description('revoke certificates; a running cloud cuts their connections'),
  )
    .option('--json', 'print JSON')
    .action(async (subject: string, options: DataOption) => {
      const pki = await open(options);
      const serials = await orSentence(() => pki.revoke(subject));
      if (options.json === true) printJson({ revoked: serials });
      else for (const serial of serials) console.log(`revoked ${serial}`);
      if (serials.length === 0) {
        throw new CommandFailure(`nothing to revoke: no valid certificate of "${subject}"`);
      }
    });
}

const dataOptions = (command: Command): Command =>
  command.option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)');

const open = ({ data }: DataOption) =>
  orSentence(() => openPki(placesOf(data).pki, { now: () => epochMs(Date.now()) }));

async function orSentence<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof PkiError)) throw error;
    const because = error.cause === undefined ? '' : `: ${reasonOf(error.cause)}`;
    throw new CommandFailure(`${error.message}${because}`, 2, { cause: error });
  }
}
