/** What may happen in a history, done to the model and to the real cloud alike. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type HoldKind, holdKinds } from '../../../../cloud-stub/custody/holds-policy.ts';
import type { Subject } from '../../../../cloud-stub/custody/holds-scope.ts';
import { days, epochMs, hours, milliseconds, minutes } from '../../../../device/wire/time.ts';
import { thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { ada, bea, holdNumbered } from '../../../support/cloud/hold-office.ts';
import { checkInvariants } from './invariants.ts';
import type { Model } from './model.ts';
import { clipsPerThing, type Real, type Thing } from './real.ts';

const leaseNumbered = (n: number) => ulidNumbered(6000 + n);

/** What histories came to, so that those which came to nothing are noticed. */
export const situations = new Set<string>();
function noteSituations(model: Model): void {
  for (const clip of model.clips.values()) {
    const due = model.now >= model.deleteAt(clip);
    const held = model.holdsOn(clip.name).length;
    const leased = model.leasesOn(clip.name).length > 0;
    if (clip.possession === 'shredded') {
      situations.add(
        clip.expiresAt !== null && clip.expiresAt <= clip.receivedAt ? 'late' : 'purged',
      );
      continue;
    }
    if (clip.possession === 'staged') situations.add(held > 0 ? 'arriving and held' : 'arriving');
    else if (due && held > 0) situations.add('held past its end');
    else if (due && leased) situations.add('leased past its end');
    else if (due) situations.add('in the grace of a release');
    if (held > 1) situations.add('held twice');
    if (held > 0 && clip.deletedAt !== null) situations.add('deleted and held');
    if (held > 0 && (clip.expiresAt ?? 0) <= clip.receivedAt) situations.add('late and held');
  }
  for (const hold of model.holds.values()) {
    if (hold.endedAt === null && !model.inForce(hold)) situations.add('lapsed');
    if (hold.renewed > 0) situations.add('renewed');
  }
}

/** Recorded so long before it is first sent; nothing lies near the edge of a scope. */
const agoMs = [0, days(2) + hours(5), days(58) + hours(5), days(61) + hours(5)];
const claimErrorMs = [0, days(-1826), days(1826)];

type Which = { readonly thing: Thing; readonly n: number };
const nameOf = ({ thing, n }: Which): string => `${thing}/${n}`;

/** One deed: then the sweep, the comparison, and every invariant. */
export class Deed implements fc.AsyncCommand<Model, Real> {
  readonly #title: string;
  readonly #act: (model: Model, real: Real) => Promise<void>;

  constructor(title: string, act: (model: Model, real: Real) => Promise<void>) {
    this.#title = title;
    this.#act = act;
  }

  check = (): boolean => true;
  toString = (): string => this.#title;

  async run(model: Model, real: Real): Promise<void> {
    model.now = real.now;
    await this.#act(model, real);
    model.now = real.now;
    await real.sweep();
    model.sweep();
    await checkInvariants(model, real);
    noteSituations(model);
  }
}

const upload = (which: Which, ago: number, error: number) =>
  new Deed(`upload ${nameOf(which)} ${ago / days(1)} days late`, async (model, real) => {
    const { thing, n } = which;
    const isNew = !model.clips.has(nameOf(which));
    const clip = real.clip(thing, n, ago, error);
    clip.sendAll();
    if (isNew) model.begin(nameOf(which), thing, real.now - ago);
    model.commit(nameOf(which));
    await real.world.pass(1000);
    expect(clip.receipt?.state).toBe('stored');
  });

const begin = (which: Which) =>
  new Deed(`begin ${nameOf(which)}`, async (model, real) => {
    if (model.clips.has(nameOf(which))) return;
    const clip = real.clip(which.thing, which.n, 0, 0);
    clip.init();
    clip.sendChunks(0, 2);
    clip.mark(2);
    model.begin(nameOf(which), which.thing, real.now);
    await real.world.pass(1000);
  });

const remove = (which: Which, account: string) =>
  new Deed(`${account} deletes ${nameOf(which)}`, async (model, real) => {
    const owner = real.accounts[account];
    if (owner === undefined) return;
    const answer = await real.world.cloud.footage.remove(owner, real.key(which.thing, which.n));
    expect(answer).toBe(model.delete(nameOf(which), account));
    await real.world.pass(1000);
  });

const handOver = (from: string, to: string) =>
  new Deed(`gate goes from ${from} to ${to}`, async (model, real) => {
    const [giver, taker] = [real.accounts[from], real.accounts[to]];
    if (giver === undefined || taker === undefined) return;
    const { accounts } = real.world.cloud;
    await real.world.pass(minutes(1));
    if ((await accounts.release(giver, thingNamed('gate'))).ok) {
      await real.world.pass(1000);
      model.commitSilent(real.now);
      model.owners.push({ thing: 'gate', account: to, from: real.now });
      await accounts.claim(taker, thingNamed('gate'));
    } else model.commitSilent(real.now);
    await real.world.pass(1000);
  });

const place = (n: number, kind: HoldKind, named: Subject['by'], thing: Thing, range: number) =>
  new Deed(
    `place hold ${n}: ${kind} by ${named} of ${thing}, range ${range}`,
    async (model, real) => {
      const account = thing === 'porch' ? 'ann' : 'bob';
      const ulid = real.accounts[account];
      if (ulid === undefined) return;
      // Half a day off everything that happens.
      const half = hours(12);
      const spans = [
        [null, null],
        [epochMs(real.now - days(70) - half), epochMs(real.now - days(10) - half)],
        [epochMs(real.now - days(1) - half), null],
        [epochMs(real.now + half), epochMs(real.now + days(40) + half)],
      ] as const;
      const [from, to] = spans[range % spans.length] ?? spans[0];
      const subjects: Record<Subject['by'], Subject> = {
        account: { by: 'account', account: ulid },
        device: { by: 'device', thing: thingNamed(thing) },
        'device-of-account': { by: 'device-of-account', thing: thingNamed(thing), account: ulid },
      };
      const expected = model.place({
        id: holdNumbered(n),
        kind,
        named: {
          ...(named === 'account' ? {} : { thing }),
          ...(named === 'device' ? {} : { account }),
        },
        from: from ?? Number.NEGATIVE_INFINITY,
        to: to ?? Number.POSITIVE_INFINITY,
      });
      const placement = {
        ...{ hold: holdNumbered(n), kind, basis: ulidNumbered(7000 + n) },
        scope: { subjects: [subjects[named]], from, to },
        by: `reviewer:${ada}`,
      };
      const outcome = await real.world.cloud.holds.place(placement);
      if (expected === 'placed-before') return;
      expect(outcome.ok ? 'placed' : outcome.because).toBe(
        expected === 'placed' ? 'placed' : 'nothing-to-hold',
      );
      // [HLD-1] Twice is once.
      if (outcome.ok) {
        expect(await real.world.cloud.holds.place(placement)).toMatchObject({ isNew: false });
      }
    },
  );

const release = (n: number) =>
  new Deed(`release hold ${n}`, async (model, real) => {
    const known = model.release(holdNumbered(n));
    for (const by of [`reviewer:${ada}`, `approver:${bea}`, `approver:${bea}`]) {
      const outcome = await real.world.cloud.holds.release({
        hold: holdNumbered(n),
        because: 'released',
        by,
      });
      expect(outcome.ok).toBe(known);
    }
  });

const renew = (n: number) =>
  new Deed(`renew hold ${n}`, async (model, real) => {
    const hold = holdNumbered(n);
    // Each a request of its own; the first that comes in time renews, no other does.
    const request = String(model.holds.get(hold)?.renewed ?? 0).repeat(64);
    const outcome = await real.world.cloud.holds.renew({ hold, request, by: `reviewer:${ada}` });
    expect(outcome.ok).toBe(model.renew(hold));
  });

const lease = (n: number, thing: Thing) =>
  new Deed(`lease ${n} on all of ${thing}`, async (model, real) => {
    const names = [...model.clips.values()]
      .filter((clip) => clip.thing === thing && clip.possession === 'stored')
      .map(({ name }) => name);
    const keys = names.map((name) => real.key(thing, Number(name.split('/')[1])));
    const missing = await real.world.ports.catalogue.write((tx) =>
      real.world.cloud.leases.take(tx, leaseNumbered(n), ulidNumbered(7000), keys),
    );
    expect(missing === null).toBe(model.lease(leaseNumbered(n), names));
  });

const endLease = (n: number) =>
  new Deed(`end lease ${n}`, async (model, real) => {
    await real.world.ports.catalogue.write((tx) =>
      real.world.cloud.leases.end(tx, leaseNumbered(n)),
    );
    model.endLease(leaseNumbered(n));
  });

const pass = (count: number) =>
  new Deed(`${count} days pass`, async (model, real) => {
    // A device that says nothing for a minute has fallen silent; then its clip is stored as far as it came.
    await real.world.pass(minutes(3));
    model.commitSilent(real.now);
    await real.world.pass(milliseconds(days(count) - minutes(3)));
  });

const crash = new Deed('the cloud is killed and started again', async (model, real) => {
  await real.crash();
  await real.world.pass(minutes(3));
  model.commitSilent(real.now);
});

const thing = fc.constantFrom<Thing>('porch', 'gate');
const which = fc.record({ thing, n: fc.integer({ min: 0, max: clipsPerThing - 1 }) });
const holdNumber = fc.integer({ min: 1, max: 3 });
const person = fc.constantFrom('ann', 'bob');

const uploads = fc
  .tuple(which, fc.constantFrom(...agoMs), fc.constantFrom(...claimErrorMs))
  .map((all) => upload(...all));
const placements = fc
  .tuple(
    holdNumber,
    fc.constantFrom(...holdKinds),
    fc.constantFrom<Subject['by']>('account', 'device', 'device-of-account'),
    thing,
    fc.integer({ min: 0, max: 3 }),
  )
  .map((all) => place(...all));
const passes = fc.constantFrom(1, 8, 31, 61).map(pass);

/**
 * What chance comes to too rarely: a hold renewed and lapsed, its grace; a lease across the end of a window; a hold
 * released days before the window ends, which lengthens nothing.
 */
export const longHistory: readonly Deed[] = [
  upload({ thing: 'porch', n: 0 }, 0, 0),
  place(1, 'preservation-request', 'device', 'porch', 0),
  renew(1),
  ...[61, 61, 61, 8].map(pass),
  upload({ thing: 'gate', n: 1 }, 0, 0),
  ...[31, 8, 8, 8, 1, 1, 1, 1, 0.7].map(pass),
  lease(1, 'gate'),
  ...[0.5, 1].map(pass),
  upload({ thing: 'gate', n: 2 }, 0, 0),
  place(2, 'search-warrant', 'device', 'gate', 0),
  ...[31, 8, 8, 8].map(pass),
  release(2),
  pass(8),
];

/** What happens more often stands there more often. */
export const deeds: fc.Arbitrary<fc.AsyncCommand<Model, Real>>[] = [
  ...[uploads, uploads, uploads, placements, placements, passes, passes],
  fc
    .tuple(holdNumber, fc.constantFrom(...holdKinds))
    .map(([n, kind]) => place(n, kind, 'device', 'porch', 0)),
  which.map(begin),
  fc.tuple(which, person).map((all) => remove(...all)),
  holdNumber.map(release),
  holdNumber.map(renew),
  fc.tuple(holdNumber, thing).map((all) => lease(...all)),
  holdNumber.map(endLease),
  fc.constant(crash),
  fc.boolean().map((back) => (back ? handOver('bob', 'ann') : handOver('ann', 'bob'))),
];
