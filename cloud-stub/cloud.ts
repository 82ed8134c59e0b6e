/** Composes the cloud's services over their ports: the same for main.ts, the tests and a simulator. */
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { limits } from '../device/wire/limits.ts';
import { type EpochMs, later } from '../device/wire/time.ts';
import type { Policy } from './custody/policy.ts';
import { legalPolicyFor } from './legal/legal-policy.ts';
import { shippedLaw } from './legal/rules/shipped-rules.ts';
import type { BagStore, ClipKey, Clock, Notifier, Ports } from './ports.ts';
import type { Sealer, TimeStamper } from './ports-sealing.ts';
import { makeAccessRecords } from './services/accounts/access-records.ts';
import { type Accounts, makeAccounts } from './services/accounts/accounts.ts';
import { escrowClass } from './services/accounts/escrow.ts';
import { makePlans, type Plans } from './services/accounts/plans.ts';
import { makeClipCustody } from './services/clip-custody.ts';
import { type Commands, makeCommands } from './services/devices/commands.ts';
import { type Devices, type FindCertificate, makeDevices } from './services/devices/devices.ts';
import { openPresence } from './services/devices/presence.ts';
import { expiringBags } from './services/exports/export-endings.ts';
import { inVolumes } from './services/exports/export-volumes.ts';
import { type Exports, makeExports } from './services/exports/exports.ts';
import { type HoldRegistry, makeHolds } from './services/holds/holds.ts';
import { type Leases, makeLeases } from './services/holds/leases.ts';
import { openIngest } from './services/ingest/ingest.ts';
import type { IngestCounters } from './services/ingest/ingest-refusals.ts';
import { type Auditing, makeAuditing } from './services/ledger/auditing.ts';
import { type Checkpoints, keepSigning, makeCheckpoints } from './services/ledger/checkpoints.ts';
import { makeLedgerProofs } from './services/ledger/ledger-proofs.ts';
import { recordPolicy } from './services/ledger/policy-record.ts';
import type { LegalDesk } from './services/legal-desk/legal-desk.ts';
import { makeReadDocument } from './services/legal-desk/legal-desk-lists.ts';
import { openLegalDesk } from './services/legal-desk/legal-desk-office.ts';
import { type Provider, sampleProviderUnder } from './services/legal-desk/legal-desk-world.ts';
import { makePrincipals, type Principals } from './services/legal-desk/principals.ts';
import { type Announcements, makeAnnouncements } from './services/owners/announcements.ts';
import { makeDeviceNews } from './services/owners/device-news.ts';
import { makeFootage, type OwnerFootage } from './services/owners/footage.ts';
import { makeFootageAccess } from './services/owners/footage-access.ts';
import { makeLiveView } from './services/owners/live-view.ts';
import { makeOwnerAccount, type OwnerAccount } from './services/owners/owner-account.ts';
import { makeOwnerDevices, type OwnerDevices } from './services/owners/owner-devices.ts';
import { makeOwnerHappenings, type OwnerHappenings } from './services/owners/owner-happenings.ts';
import { expiringRows, type RecordClass } from './services/retention/record-classes.ts';
import { Sweeper } from './services/retention/sweeper.ts';

export type CloudOptions = {
  /** The most chunks a device may have unacknowledged; more where nothing else limits the link. [WIRE-3] */
  readonly windowMax?: number;
  /** Devices of an authority of ours need no enrolment by hand. */
  readonly findCertificate?: FindCertificate;
  /** After the ledger was signed: writes it out as files, for instance. */
  readonly onLedgerSigned?: () => Promise<void>;
  /** For the conversation with doorbells, where that is held in another time than all the rest. */
  readonly linkClock?: Clock;
  /** By which people's tokens end, where that is another than the cloud's. */
  readonly tokenClock?: Clock;
  /** Records that the host keeps and the sweeper is to end. [RET-10] */
  readonly recordClasses?: readonly RecordClass[];
  /** Tells owners of legal demands; without it they find their notices through the API alone. */
  readonly notifier?: Notifier;
  /** Where bags of evidence are kept, and what seals them; without it none can be made. */
  readonly sealing?: {
    readonly bags: BagStore;
    readonly sealer: Sealer;
    readonly stamper: TimeStamper;
    readonly software: string;
  };
  /** Who answers demands; a sample without it. */
  readonly provider?: Provider;
};

export type Cloud = {
  readonly accounts: Accounts;
  /** For operators: enrolment and revocation. */
  readonly registry: Devices;
  /** For owners, each asked on behalf of one account. */
  readonly devices: OwnerDevices;
  readonly footage: OwnerFootage;
  readonly account: OwnerAccount;
  /** For operators: which plan an account has. */
  readonly plans: Plans;
  readonly happenings: OwnerHappenings;
  readonly commands: Commands;
  /** Everything that happens, for operators. */
  readonly announcements: Announcements;
  /** Named people other than owners. */
  readonly principals: Principals;
  /** For agencies, the desk's people, and owners who are told. */
  readonly desk: LegalDesk;
  /** Null: this cloud seals no bags. */
  readonly exports: Exports | null;
  /** For the legal desk and its scenarios. */
  readonly holds: HoldRegistry;
  /** For exports. */
  readonly leases: Leases;
  readonly sweeper: Sweeper;
  /** The ledger for auditors: signed states, proofs, lines, the transparency report. */
  readonly auditing: Auditing;
  readonly counters: IngestCounters;
  /** What must work before requests are useful, each with its fault or null. */
  readiness(): Promise<Readonly<Record<string, string | null>>>;
  /** Takes no more messages, makes durable and answers what was taken. The ports stay open. */
  stop(): Promise<void>;
};

/** Judges the clock and finishes what a crash cut off before it takes a message. */
export async function openCloud(
  ports: Ports,
  policy: Policy,
  log: Logger,
  options: CloudOptions = {},
): Promise<Cloud> {
  const { catalogue } = ports;
  const custody = makeClipCustody(policy);
  const announcements = makeAnnouncements(log);
  const presence = await openPresence(ports, (error) =>
    log.error({ err: error }, 'who is connected could not be written'),
  );
  const checkpoints = makeCheckpoints(ports);
  const leases = makeLeases(ports, policy);
  const bags = openExports(ports, policy, log, { ...options, checkpoints, leases });
  const exports = bags === null ? null : inVolumes(bags, ports);
  // [RET-10] Whatever has a window is swept.
  const recordClasses = [
    expiringRows(ports, 'accessRecords', 'access-purged'),
    escrowClass(ports),
    ...(bags === null ? [] : [expiringBags(ports, bags)]),
    ...(options.recordClasses ?? []),
  ];
  let letGo = (_key: ClipKey): void => {};
  const onIntent = (key: ClipKey): void => letGo(key);
  const sweeper = new Sweeper(ports, policy, log, { recordClasses, onIntent });
  // [RET-8] The clock is judged by the ledger's last entry, so the sweeper comes before all that write there.
  await sweeper.start();
  await recordPolicy(ports, policy);
  const signing = await keepSigning(ports, checkpoints, log, options.onLedgerSigned);

  const purgeSoon = (key: ClipKey): void => {
    sweeper.purge(key).catch((error: unknown) => {
      log.error({ err: error, ...key }, 'a purge failed, the next sweep tries again');
    });
  };
  const sweepSoon = (): void => {
    sweeper.sweep().catch((error: unknown) => {
      log.error({ err: error }, 'a sweep failed and is tried again at the next');
    });
  };
  const accesses = makeAccessRecords(ports, policy);
  const plans = makePlans(ports, policy, sweepSoon);
  const news = makeDeviceNews(ports, announcements, log);
  const registry = makeDevices(ports, options.findCertificate);
  presence.onChange(({ thing, connected }) => {
    // It may come with another certificate than it went with.
    if (connected) registry.forget(thing);
    void news.announce(thing);
    if (connected) void news.greet(thing);
  });
  const linkClock = options.linkClock ?? ports.clock;
  const commands = makeCommands({ ...ports, clock: linkClock }, presence);
  const liveView = makeLiveView(linkClock, commands);
  const access = makeFootageAccess(ports);
  const holds = makeHolds(ports, policy);
  const ingest = await openIngest(ports, {
    custody,
    holds,
    devices: registry,
    presence,
    commands,
    liveView,
    announcements,
    log,
    windowMax: options.windowMax ?? limits.windowDefault,
    purgeSoon,
    onSettings: (thing) => void news.announce(thing),
  });
  letGo = ingest.letGo;
  const desk = await openLegalDesk({
    ...{ ports, ...shippedLaw, legal: legalPolicyFor(policy.name) },
    provider: options.provider ?? sampleProviderUnder(policy.name),
    holds,
    exports,
    notifier: options.notifier ?? null,
    log,
  });
  await exports?.resume();

  return {
    accounts: makeAccounts(ports),
    registry,
    devices: makeOwnerDevices(ports, commands, liveView, presence),
    plans,
    account: makeOwnerAccount(ports, policy, { plans, accesses, sweepSoon }),
    footage: makeFootage(ports, {
      custody,
      access,
      accesses,
      announcements,
      purgeSoon,
      sweepSoon,
    }),
    happenings: makeOwnerHappenings(ports, announcements),
    commands,
    announcements,
    principals: makePrincipals(ports, options.tokenClock),
    desk,
    holds,
    leases,
    exports,
    sweeper,
    auditing: makeAuditing(ports, checkpoints, makeLedgerProofs(ports, checkpoints)),
    counters: ingest.counters,
    async readiness() {
      try {
        await sql`select 1`.execute(catalogue.read);
        return { catalogue: null };
      } catch (error) {
        return { catalogue: error instanceof Error ? error.message : 'cannot be read' };
      }
    },
    async stop() {
      commands.stop();
      liveView.stop();
      await desk.stop();
      await exports?.stop();
      await ingest.stop();
      await presence.settle();
      await sweeper.stop();
      await signing.stop();
    },
  };
}

function openExports(
  ports: Ports,
  policy: Policy,
  log: Logger,
  world: Pick<CloudOptions, 'sealing'> & {
    readonly checkpoints: Checkpoints;
    readonly leases: Leases;
  },
): Exports | null {
  const { sealing, checkpoints, leases } = world;
  if (sealing === undefined) return null;
  const bagExpiresAt = (sealedAt: EpochMs) => later(sealedAt, policy.bagWindowMs);
  const readDocument = makeReadDocument(ports.catalogue);
  return makeExports(
    { ...ports, ...sealing, checkpoints, leases, readDocument, bagExpiresAt },
    log,
  );
}
