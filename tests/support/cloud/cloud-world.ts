/** A whole cloud without network or disk, on a clock that tests move, and doorbells to talk to it. */
import { env } from 'node:process';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { openMemoryIdentityKeys } from '../../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../../cloud-stub/backends/ledger.ts';
import { openMemoryLedgerSigner } from '../../../cloud-stub/backends/ledger-key.ts';
import { openMemoryKeyVault } from '../../../cloud-stub/backends/memory-key-vault.ts';
import { openMemoryVault } from '../../../cloud-stub/backends/memory-vault.ts';
import { openMemoryCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import type { AccountId, ClipRow, LedgerRow } from '../../../cloud-stub/catalogue-tables.ts';
import { type Cloud, type CloudOptions, openCloud } from '../../../cloud-stub/cloud.ts';
import type { Policy } from '../../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { ClipKey, LedgerKind, Ports, Vault, VaultClip } from '../../../cloud-stub/ports.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { milliseconds } from '../../../device/wire/time.ts';
import { createTestAuthority, type TestAuthority } from '../links/link-certificates.ts';
import { type StandingClock, standingClock } from '../standing-clock.ts';
import { seededEntropy, thingNamed } from './clip-samples.ts';
import { FakeBus } from './fake-bus.ts';
import { FakeDevice } from './fake-device.ts';

export type CloudWorld = {
  readonly ports: Ports;
  readonly bus: FakeBus;
  readonly clock: StandingClock;
  readonly cloud: Cloud;
  readonly owner: AccountId;
  readonly token: string;
  /** Enrolled and claimed by `owner`, unless `claimed` is false. */
  device(name: string, claimed?: boolean): Promise<FakeDevice>;
  /** Lets time pass in small steps, everything settling in between. */
  pass(ms: number): Promise<void>;
  settle(): Promise<void>;
  row(key: ClipKey): Promise<ClipRow | undefined>;
  entries(kind: LedgerKind): Promise<readonly LedgerRow[]>;
  /** Another cloud on the same catalogue and vaults: the old one is dropped as by `kill -9`, its bus cut off. */
  crash(): Promise<CloudWorld>;
  bytes(key: ClipKey): Promise<Buffer | null>;
};

let authority: Promise<TestAuthority> | null = null;

export type WorldOptions = {
  readonly policy?: Policy;
  readonly cloud?: CloudOptions;
  readonly ports?: (ports: Ports) => Ports;
  readonly logLevel?: string;
};

export async function openCloudWorld(options: WorldOptions = {}): Promise<CloudWorld> {
  const clock = standingClock();
  const entropy = seededEntropy('cloud');
  const catalogue = openMemoryCatalogue();
  onTestFinished(() => catalogue.close());
  const identities = openMemoryIdentityKeys(seededEntropy('identities'));
  const ports: Ports = {
    clock,
    entropy,
    bus: new FakeBus(),
    catalogue,
    vault: openMemoryVault(),
    keys: openMemoryKeyVault(entropy),
    ledger: openSqlLedger(identities),
    identities,
    ledgerSigner: openMemoryLedgerSigner(seededEntropy('ledger')),
  };
  return openWorld(ports, clock, options, null);
}

/** A vault whose open clips can be let go as a killed process lets go of its files. */
function vaultOfProcess(vault: Vault): { readonly vault: Vault; kill(): Promise<void> } {
  const open = new Set<VaultClip>();
  return {
    vault: {
      open: async (key, dataKey) => {
        const clip = await vault.open(key, dataKey);
        open.add(clip);
        return clip;
      },
      openRead: (key, dataKey) => vault.openRead(key, dataKey),
      remove: (key) => vault.remove(key),
      list: () => vault.list(),
    },
    async kill() {
      for (const clip of open) await clip.close();
    },
  };
}

async function openWorld(
  base: Ports,
  clock: StandingClock,
  options: WorldOptions,
  known: { readonly owner: AccountId; readonly token: string; readonly devices: Known[] } | null,
): Promise<CloudWorld> {
  const bus = new FakeBus();
  const process = vaultOfProcess(base.vault);
  const ports = (options.ports ?? ((same) => same))({ ...base, bus, vault: process.vault });
  const log = pino({ level: options.logLevel ?? env['TEST_LOG'] ?? 'silent' });
  const cloud = await openCloud(ports, options.policy ?? ring2019, log, options.cloud);
  const devices: Known[] = known?.devices ?? [];
  const opened = known ?? (await cloud.accounts.open('owner'));
  const { token } = opened;
  const owner =
    known === null && 'account' in opened ? opened.account : (known?.owner as AccountId);

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  async function pass(ms: number): Promise<void> {
    await settle();
    const step = Math.max(50, Math.ceil(ms / 40));
    for (let left = ms; left > 0; left -= step) {
      clock.advance(milliseconds(Math.min(step, left)));
      await settle();
    }
  }

  return {
    ports,
    bus,
    clock,
    cloud,
    owner,
    token,
    settle,
    pass,
    async device(name, claimed = true) {
      const before = devices.find((one) => one.name === name);
      if (before !== undefined) return new FakeDevice(bus, thingNamed(name), before.keyPem);
      authority ??= createTestAuthority();
      const { certificatePem, keyPem } = await (await authority).issue(name, []);
      const thing: ThingName = thingNamed(name);
      await cloud.registry.enrol(thing, certificatePem);
      if (claimed) await cloud.accounts.claim(owner, thing);
      devices.push({ name, keyPem });
      return new FakeDevice(bus, thing, keyPem);
    },
    row: (key) =>
      ports.catalogue.read
        .selectFrom('clips')
        .selectAll()
        .where('thing', '=', key.thing)
        .where('clip', '=', key.clip)
        .executeTakeFirst(),
    entries: (kind) =>
      ports.catalogue.read
        .selectFrom('ledger')
        .selectAll()
        .where('kind', '=', kind)
        .orderBy('seq')
        .execute(),
    async crash() {
      bus.kill();
      await process.kill();
      return openWorld(base, clock, options, { owner, token, devices });
    },
    async bytes(key) {
      const opened = await cloud.footage.open(owner, key);
      if (opened === null) return null;
      const parts: Uint8Array[] = [];
      for await (const part of opened.read(0, opened.sizeBytes)) parts.push(part);
      await opened.close();
      return Buffer.concat(parts);
    },
  };
}

type Known = { readonly name: string; readonly keyPem: string };
