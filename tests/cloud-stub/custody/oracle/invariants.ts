/** What must hold after every step: the invariants of the reference, L7, each by its name there. */
import { expect } from 'vitest';
import type { Model, ModelClip } from './model.ts';
import { clipsPerThing, type Real, things } from './real.ts';

type Look = NonNullable<Awaited<ReturnType<Real['look']>>>;
type Attached = Awaited<ReturnType<Real['attached']>>;
type Facts = {
  readonly clip: ModelClip;
  readonly look: Look;
  readonly attached: Attached;
  readonly sent: Buffer;
};

/** Each speaks of one clip, as the model has it and as the cloud has it. */
const ofOneClip: Readonly<Record<string, (facts: Facts, model: Model) => void>> = {
  'I1 what is held is whole': ({ clip, look, attached, sent }) => {
    if (attached.holds.length + attached.leases.length === 0) return;
    if (clip.possession === 'shredded') return;
    expect(look.hasKey).toBe(true);
    if (clip.possession === 'stored') expectBeginning(look.bytes, sent);
  },
  'I2 I3 it is purged when it is due and not kept, and not before': ({ clip, look }) => {
    expect(look.row.possession).toBe(clip.possession);
  },
  'I4 no key is gone but by a purge, and none outlives one': ({ clip, look }) => {
    expect(look.hasKey).toBe(clip.possession !== 'shredded');
  },
  'I6 I16 I17 it is held by exactly the holds and leases that reach it and are in force': (
    { clip, look, attached },
    model,
  ) => {
    // On what is gone a hold has nothing to say any more.
    if (look.row.possession === 'shredded') return;
    expect(attached.holds).toEqual(model.holdsOn(clip.name));
    expect(attached.leases).toEqual(model.leasesOn(clip.name));
  },
  'I7 its window is frozen when it is stored': ({ clip, look }) => {
    expect(look.row.expiresAt).toBe(clip.expiresAt);
  },
  'I8 it was recorded no later than it came': ({ clip, look }) => {
    expect(look.row.recordedAt).toBe(clip.recordedAt);
    expect(look.row.recordedAt).toBeLessThanOrEqual(look.row.firstReceivedAt);
  },
  'I9 its owner sees it for as long as the window lasts, whatever holds it': (
    { clip, look },
    model,
  ) => {
    expect(look.visible).toBe(clip.account !== null && model.isVisible(clip));
  },
  'I18 what is purged stays purged': ({ clip, look }) => {
    if (clip.possession === 'shredded') expect(look.bytes).toBeNull();
  },
};

export async function checkInvariants(model: Model, real: Real): Promise<void> {
  for (const thing of things) {
    for (let n = 0; n < clipsPerThing; n++) {
      const clip = model.clips.get(`${thing}/${n}`);
      const look = await real.look(thing, n);
      expect(look === null).toBe(clip === undefined);
      if (clip === undefined || look === null) continue;
      const sent = real.sent(thing, n).bytes();
      const facts = { clip, look, attached: await real.attached(thing, n), sent };
      for (const [name, check] of Object.entries(ofOneClip)) {
        try {
          check(facts, model);
        } catch (error) {
          throw new Error(`${name}: ${clip.name}`, { cause: error });
        }
      }
    }
  }
  await onePurgeEach(real);
}

/** I3, I4, I20: one intent before each purge, of an epoch that no later hold precedes. */
async function onePurgeEach(real: Real): Promise<void> {
  const entries = await real.world.ports.catalogue.read
    .selectFrom('ledger')
    .select(['kind', 'clip', 'thing', 'facts'])
    .where('kind', 'in', [
      'purge-intended',
      'purged',
      'hold-reached',
      'hold-captured',
      'hold-ended',
    ])
    .orderBy('seq')
    .execute();
  const stages = new Map<string, string[]>();
  let epoch = 0;
  for (const { kind, clip, thing, facts } of entries) {
    const { epoch: named = 0, holdEpoch = 0 } = JSON.parse(facts);
    if (kind.startsWith('hold-')) {
      expect(named).toBeGreaterThan(epoch);
      epoch = named;
      continue;
    }
    if (kind === 'purge-intended') expect(holdEpoch).toBeGreaterThanOrEqual(epoch);
    const name = `${thing}/${clip}`;
    stages.set(name, [...(stages.get(name) ?? []), kind]);
  }
  for (const each of stages.values()) expect(each).toEqual(['purge-intended', 'purged']);
}

function expectBeginning(bytes: Buffer | null, sent: Buffer): void {
  expect(bytes?.length).toBeGreaterThan(0);
  expect(bytes?.equals(sent.subarray(0, bytes.length))).toBe(true);
}
