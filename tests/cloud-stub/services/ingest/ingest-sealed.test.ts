/** What the cloud does with clips that only their owner can read. */
import { expect, test } from 'vitest';
import type { Policy } from '../../../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

const first = ulidNumbered(1);
const still = ulidNumbered(99);
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]);
/** Looks like nothing: as a still does that was sealed. */
const opaque = Buffer.from('d41b8c0f1f', 'hex');
const wrapped = { recipient: 'a'.repeat(16), algorithm: 'x', ephemeral: 'e', wrapped: 'w' };
const e2ee = { recipients: [wrapped] };

test('a sealed clip is stored byte for byte, and its owner gets its wrapped keys with it', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first, { e2ee });
  clip.sendAll();
  await world.pass(1000);
  const key = { thing: porch.thing, clip: first };
  expect(clip.receipt?.state).toBe('stored');
  expect(await world.bytes(key)).toEqual(clip.bytes());
  expect((await world.cloud.footage.find(world.owner, key))?.e2ee).toEqual(e2ee);
});

test('a sealed clip whose doorbell falls silent is salvaged to its last mark [WIRE-7]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first, { e2ee });
  clip.init();
  clip.sendChunks(0, 4);
  clip.mark(3);
  await world.pass(300);
  await world.pass(days(2));
  const key = { thing: porch.thing, clip: first };
  expect(await world.row(key)).toMatchObject({ possession: 'stored', truncated: 1, chunks: 3 });
  expect(await world.bytes(key)).toEqual(clip.bytes(3));
});

test('whose keys a clip is sealed for stands under the signature of its doorbell', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first, { e2ee });
  const thief = { recipients: [{ ...wrapped, recipient: 'b'.repeat(16) }] };
  clip.init({ ...clip.opening, e2ee: thief });
  await world.pass(300);
  expect(await world.row({ thing: porch.thing, clip: first })).toBe(undefined);
  const { e2ee: _sealed, ...plain } = clip.opening;
  clip.init(plain);
  await world.pass(300);
  expect(await world.row({ thing: porch.thing, clip: first })).toBe(undefined);
});

const purgesAtOnce: Policy = { ...ring2019, userDelete: { kind: 'purge' } };

test.each([
  ['taken of a sealed clip', e2ee, opaque, {}],
  [
    'refused of a plain one',
    null,
    opaque,
    { refusedStills: [still], reason: 'bad-still: no JPEG' },
  ],
  ['taken where it is a picture', null, jpeg, {}],
])('a still that looks like nothing is %s, before and after the clip is stored', async (...row) => {
  const [, sealed, bytes, refusal] = row;
  for (const isWhole of [false, true]) {
    const world = await openCloudWorld();
    const porch = await world.device('porch');
    const clip = porch.clip(first, { e2ee: sealed });
    if (isWhole) clip.sendAll();
    else clip.init();
    await world.pass(300);
    clip.still(still, bytes);
    await world.pass(300);
    const isTaken = Object.keys(refusal).length === 0;
    expect(clip.receipt).toMatchObject({ ...refusal, ...(isTaken ? { stills: [still] } : {}) });
    const key = { thing: porch.thing, clip: first };
    const kept = await world.cloud.footage.still(world.owner, key, still);
    expect(kept).toEqual(isTaken ? bytes : null);
  }
});

test.each([
  ['a picture, of a plain clip', null, jpeg],
  ['what is no picture, of a plain clip', null, opaque],
  ['what looks like nothing, of a sealed clip', e2ee, opaque],
])(
  'a still sent after its clip was deleted is answered alike, kept or purged: %s [DEL-4]',
  async (_what, sealed, bytes) => {
    const told = await Promise.all(
      [ring2019, purgesAtOnce].map(async (policy) => {
        const world = await openCloudWorld({ policy });
        const porch = await world.device('porch');
        const clip = porch.clip(first, { e2ee: sealed });
        clip.sendAll();
        await world.pass(300);
        await world.cloud.footage.remove(world.owner, { thing: porch.thing, clip: first });
        await world.pass(1000);
        porch.receipts.length = 0;
        clip.still(still, bytes);
        await world.pass(300);
        clip.init();
        await world.pass(300);
        clip.still(still, bytes);
        await world.pass(300);
        return { receipts: [...porch.receipts], refused: world.cloud.counters.refused };
      }),
    );
    expect(told[0]?.receipts.length).toBeGreaterThan(1);
    expect(told[0]).toEqual(told[1]);
  },
);
