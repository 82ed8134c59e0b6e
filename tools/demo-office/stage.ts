/** The stage: a cloud in virtual time in this process, its people, and a doorbell with a recording. */
import { join } from 'node:path';
import { pino } from 'pino';
import { openMemoryIdentityKeys } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { openMemoryLedgerSigner } from '../../cloud-stub/backends/ledger-key.ts';
import { openMemoryKeyVault } from '../../cloud-stub/backends/memory-key-vault.ts';
import { openMemoryVault } from '../../cloud-stub/backends/memory-vault.ts';
import { cmsSealer } from '../../cloud-stub/backends/seal/cms-sealer.ts';
import { openOfficeKeys } from '../../cloud-stub/backends/seal/office-keys.ts';
import { embeddedTimeStamper } from '../../cloud-stub/backends/seal/time-stamping.ts';
import { openMemoryCatalogue } from '../../cloud-stub/backends/sqlite-catalogue.ts';
import { countedPorts } from '../../cloud-stub/backends/work-in-flight.ts';
import type { AccountId } from '../../cloud-stub/catalogue-tables.ts';
import { type Cloud, openCloud } from '../../cloud-stub/cloud.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import { softwareText } from '../../cloud-stub/host-sealing.ts';
import type { Entropy, Ports } from '../../cloud-stub/ports.ts';
import type { NewPrincipal, Principal } from '../../cloud-stub/services/legal-desk/principals.ts';
import { isThingName, type ThingName } from '../../device/wire/ids.ts';
import { days, epochMs, later } from '../../device/wire/time.ts';
import { version } from '../commands/version.ts';
import { createSeededEntropy } from '../simulation/seeded-entropy.ts';
import { startVirtualTime, type VirtualTime } from '../simulation/virtual-time.ts';
import { type DemoBus, openDemoBus, RecordedDoorbell } from './recorded-doorbell.ts';

export type Cast = Readonly<
  Record<'Sam' | 'Olin' | 'Cole' | 'Ines' | 'Rhea' | 'Abel' | 'Cleo' | 'Ada' | 'Otto', Principal>
>;

export type Stage = {
  readonly time: VirtualTime;
  readonly cloud: Cloud;
  readonly ports: Ports;
  /** Ann's: the tenth principal is an account with a token of its own. */
  readonly ann: AccountId;
  readonly cast: Cast;
  readonly doorbell: RecordedDoorbell;
  close(): Promise<void>;
};

export const start = epochMs(Date.parse('2026-09-14T18:12:00Z'));

/** `secrets`: a folder for the keys of seals and time-stamps. */
export async function openStage(secrets: string): Promise<Stage> {
  const time = startVirtualTime(start);
  const bus = openDemoBus();
  const ports = portsOf(time, bus);
  const keys = await openOfficeKeys(join(secrets, 'office'));
  const entropy = entropyOf('bags');
  const cloud = await time.advanceWhile(
    openCloud(countedPorts(ports, time.clock.work), ring2019, pino({ level: 'silent' }), {
      sealing: {
        bags: { vault: openMemoryVault(), keys: openMemoryKeyVault(entropy) },
        sealer: cmsSealer(keys),
        stamper: embeddedTimeStamper(keys, { clock: time.clock, entropy }),
        software: softwareText(version),
      },
    }),
  );
  const { account: ann } = await cloud.accounts.open('Ann');
  const doorbell = new RecordedDoorbell(thingNamed('anns-porch'), bus, time);
  const certificate = await doorbell.certificate(later(start, days(-30)));
  await cloud.registry.enrol(doorbell.thing, certificate);
  await cloud.accounts.claim(ann, doorbell.thing);
  const cast = await castOf(cloud, ann);
  return {
    ...{ time, cloud, ports, ann, cast, doorbell },
    async close() {
      await time.advanceWhile(cloud.stop());
      await ports.catalogue.close();
    },
  };
}

function portsOf({ clock }: VirtualTime, bus: DemoBus): Ports {
  const entropy = entropyOf('cloud');
  const identities = openMemoryIdentityKeys(entropyOf('identities'));
  return {
    ...{ clock, entropy, bus, identities },
    catalogue: openMemoryCatalogue(),
    vault: openMemoryVault(),
    keys: openMemoryKeyVault(entropy),
    ledger: openSqlLedger(identities),
    ledgerSigner: openMemoryLedgerSigner(entropyOf('ledger')),
  };
}

/** The same story each time it is played. */
const entropyOf = (what: keyof typeof seeds): Entropy => createSeededEntropy(seeds[what]);
const seeds = { cloud: 1, identities: 2, ledger: 3, bags: 4 } as const;

async function castOf({ principals }: Cloud, account: AccountId): Promise<Cast> {
  const added = await principals.addAgency({
    name: 'Springfield Police',
    domains: ['springfield.example'],
    caseNumbers: '\\d{2}-\\d{6}',
  });
  if (!added.ok) throw new Error(added.because);
  const { agency } = added;
  const person = async (of: NewPrincipal): Promise<Principal> => {
    const done = await principals.add(of);
    if (!done.ok) throw new Error(done.because);
    return done.principal;
  };
  return {
    Sam: await person({ name: 'Sam', roles: ['shared-user'], account }),
    Olin: await person({ name: 'Officer Olin', roles: ['agency-officer'], agency }),
    Cole: await person({ name: 'Captain Cole', roles: ['agency-admin'], agency }),
    Ines: await person({ name: 'Ines', roles: ['intake-clerk'] }),
    // Small offices give one person two duties; no matter lets one person have two parts.
    Rhea: await person({ name: 'Rhea', roles: ['reviewer', 'approver'] }),
    Abel: await person({ name: 'Abel', roles: ['approver'] }),
    Cleo: await person({ name: 'Cleo', roles: ['custodian'] }),
    Ada: await person({ name: 'Ada', roles: ['auditor'] }),
    Otto: await person({ name: 'Otto', roles: ['ops'] }),
  };
}

function thingNamed(name: string): ThingName {
  if (!isThingName(name)) throw new Error(`${name} is no thing name`);
  return name;
}
