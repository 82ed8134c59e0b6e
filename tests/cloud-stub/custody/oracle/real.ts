/** The real cloud as the oracle's histories use it: two doorbells, two owners, a clock that is moved. */
import type { Policy } from '../../../../cloud-stub/custody/policy.ts';
import type { ClipKey } from '../../../../cloud-stub/ports.ts';
import { fsck } from '../../../../cloud-stub/services/fsck/fsck.ts';
import type { Ulid } from '../../../../device/wire/ids.ts';
import { days, epochMs, later, milliseconds, uptimeMs } from '../../../../device/wire/time.ts';
import { thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import type { FakeClip, FakeClipDraft, FakeDevice } from '../../../support/cloud/fake-device.ts';
import type { Numbers } from './model.ts';

export const things = ['porch', 'gate'] as const;
export type Thing = (typeof things)[number];
export const clipsPerThing = 3;

export class Real {
  world: CloudWorld;
  readonly accounts: Readonly<Record<string, Ulid>>;
  readonly #policy: Policy;
  #devices: Readonly<Record<Thing, FakeDevice>>;
  readonly #clips = new Map<string, FakeClip>();
  /** What a doorbell has recorded outlives the cloud. */
  readonly #drafts = new Map<string, Partial<FakeClipDraft>>();

  private constructor(
    world: CloudWorld,
    policy: Policy,
    accounts: Readonly<Record<string, Ulid>>,
    devices: Readonly<Record<Thing, FakeDevice>>,
  ) {
    this.world = world;
    this.#policy = policy;
    this.accounts = accounts;
    this.#devices = devices;
  }

  static async open(policy: Policy): Promise<Real> {
    const world = await openCloudWorld({ policy });
    const devices = { porch: await world.device('porch'), gate: await world.device('gate', false) };
    const { account: other } = await world.cloud.accounts.open('other');
    await world.cloud.accounts.claim(other, thingNamed('gate'));
    // They have been theirs for long, so that what comes late has an owner too.
    await world.ports.catalogue.write((tx) =>
      tx
        .updateTable('ownerships')
        .set({ fromAt: later(world.clock.now(), milliseconds(-days(400))) })
        .execute(),
    );
    return new Real(world, policy, { ann: world.owner, bob: other }, devices);
  }

  get now(): number {
    return this.world.clock.now();
  }

  numbers(): Numbers {
    const { clipWindowMs, userDelete, holds } = this.#policy;
    return {
      windowMs: clipWindowMs,
      userDeleteAfterMs:
        userDelete.kind === 'preserve'
          ? null
          : userDelete.kind === 'purge'
            ? 0
            : userDelete.graceMs,
      intakeMs: holds.intakeMs,
      graceMs: holds.graceMs,
      leaseTermMs: holds.lease.termMs,
      leaseTotalMs: holds.lease.totalMsMax,
    };
  }

  key(thing: Thing, n: number): ClipKey {
    return { thing: thingNamed(thing), clip: ulidNumbered(n) };
  }

  /** The n-th clip, recorded `ago` before it is first sent. What its clock claims is anything. [RET-5] */
  clip(thing: Thing, n: number, agoMs: number, claimErrorMs: number): FakeClip {
    const known = this.#clips.get(`${thing}/${n}`);
    if (known !== undefined) return known;
    const uptimeNowMs = uptimeMs(days(400));
    const draft = this.#drafts.get(`${thing}/${n}`) ?? {
      ...{ seq: n, chunkCount: 3, chunkBytes: 200 },
      startedAt: epochMs(this.now - agoMs + claimErrorMs),
      clock: {
        uptimeAtStartMs: uptimeMs(uptimeNowMs - agoMs),
        uptimeNowMs,
        syncedAtUptimeMs: uptimeMs(0),
      },
    };
    this.#drafts.set(`${thing}/${n}`, draft);
    const made = this.#devices[thing].clip(ulidNumbered(n), draft);
    this.#clips.set(`${thing}/${n}`, made);
    return made;
  }

  sent(thing: Thing, n: number): FakeClip {
    return this.clip(thing, n, 0, 0);
  }

  async sweep(): Promise<void> {
    // One may be at work that began before.
    await this.world.cloud.sweeper.sweep();
    await this.world.cloud.sweeper.sweep();
  }

  async crash(): Promise<void> {
    this.world = await this.world.crash();
    this.#devices = {
      porch: await this.world.device('porch'),
      gate: await this.world.device('gate'),
    };
    this.#clips.clear();
    // However long nothing was said before: the clock is right. [RET-8]
    await this.world.cloud.sweeper.confirmClock('operator');
  }

  /** What of the clip is where it can be: its row, its key, its bytes, its owner's sight. */
  async look(thing: Thing, n: number) {
    const { ports, cloud } = this.world;
    const key = this.key(thing, n);
    const row = await this.world.row(key);
    if (row === undefined) return null;
    const dataKey = await ports.keys.find(key);
    const reader = dataKey === null ? null : await ports.vault.openRead(key, dataKey);
    const bytes =
      reader === null
        ? null
        : Buffer.concat(
            await Promise.all([...reader.chunks().keys()].map((index) => reader.read(index))),
          );
    await reader?.close();
    const found = row.account === null ? null : await cloud.footage.find(row.account, key);
    return { row, hasKey: dataKey !== null, bytes, visible: found !== null };
  }

  async attached(thing: Thing, n: number) {
    const key = this.key(thing, n);
    const { read } = this.world.ports.catalogue;
    const holds = await read
      .selectFrom('holdAttachments')
      .innerJoin('holds', 'holds.hold', 'holdAttachments.hold')
      .select('holds.hold')
      .where('thing', '=', key.thing)
      .where('clip', '=', key.clip)
      .where('endedAt', 'is', null)
      .orderBy('holds.hold')
      .execute();
    const leases = await read
      .selectFrom('leaseItems')
      .innerJoin('leases', 'leases.lease', 'leaseItems.lease')
      .select('leases.lease')
      .where('thing', '=', key.thing)
      .where('clip', '=', key.clip)
      .where('endedAt', 'is', null)
      .orderBy('leases.lease')
      .execute();
    return { holds: holds.map(({ hold }) => hold), leases: leases.map(({ lease }) => lease) };
  }

  async breaches(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { kind, detail } of fsck(this.world.ports)) found.push(`${kind}: ${detail}`);
    return found;
  }
}
