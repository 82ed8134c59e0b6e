import { expect, test } from 'vitest';
import type { RefusalReason } from '../../../../cloud-stub/services/ingest/ingest-refusals.ts';
import { encode } from '../../../../device/wire/codec.ts';
import { crc32cHex } from '../../../../device/wire/crc32c.ts';
import { limits } from '../../../../device/wire/limits.ts';
import { topics } from '../../../../device/wire/topics.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import type { FakeClip, FakeDevice } from '../../../support/cloud/fake-device.ts';

const first = ulidNumbered(1);
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);

type Scene = {
  readonly world: CloudWorld;
  readonly porch: FakeDevice;
  readonly clip: FakeClip;
  readonly other: FakeDevice;
};

async function scene(): Promise<Scene> {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const other = await world.device('other');
  const clip = porch.clip(first);
  clip.init();
  clip.sendChunks(0, 4);
  clip.mark(4);
  await world.pass(1000);
  return { world, porch, clip, other };
}

const everything = async ({ ports }: CloudWorld) => ({
  clips: await ports.catalogue.read.selectFrom('clips').selectAll().execute(),
  stills: await ports.catalogue.read.selectFrom('stills').selectAll().execute(),
  events: await ports.catalogue.read.selectFrom('events').selectAll().execute(),
});

const text = (value: string): Buffer => Buffer.from(value);
const init = ({ porch }: Scene) => topics.init(porch.thing, first);
const deep = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;

/** What a device of ours may be made to send by whoever owns it, and what becomes of it. */
const messages: readonly (readonly [string, RefusalReason, (scene: Scene) => void])[] = [
  ['a topic of no kind', 'unknown-topic', ({ porch }) => porch.send('up/porch/nonsense', jpeg)],
  [
    "a chunk on another's topic",
    'foreign',
    ({ other, clip, porch }) =>
      other.send(
        topics.chunk(porch.thing, first, 4, crc32cHex(clip.chunks[4] as Uint8Array)),
        clip.chunks[4] as Uint8Array,
      ),
  ],
  [
    'a chunk with another CRC',
    'bad-crc',
    ({ porch }) => porch.send(topics.chunk(porch.thing, first, 4, '00000000'), jpeg),
  ],
  [
    'a chunk with an index beyond the limit',
    'unknown-topic',
    ({ porch }) => porch.send(`up/porch/clip/${first}/c/9216/${crc32cHex(jpeg)}`, jpeg),
  ],
  [
    'a chunk with an index that is no number',
    'unknown-topic',
    ({ porch }) => porch.send(`up/porch/clip/${first}/c/01/${crc32cHex(jpeg)}`, jpeg),
  ],
  [
    'a chunk that is too large',
    'bad-size',
    ({ clip }) => clip.chunk(4, new Uint8Array(limits.chunkBytesMax + 1)),
  ],
  ['a chunk without bytes', 'bad-size', ({ clip }) => clip.chunk(4, new Uint8Array(0))],
  [
    'a chunk of a clip nobody opened',
    'no-opening',
    ({ porch }) => porch.clip(ulidNumbered(2)).chunk(0),
  ],
  ['a final without an opening', 'no-opening', ({ porch }) => porch.clip(ulidNumbered(2)).final()],
  ['a mark without an opening', 'no-opening', ({ porch }) => porch.clip(ulidNumbered(2)).mark(1)],
  [
    'a still without an opening',
    'no-opening',
    ({ porch }) => porch.clip(ulidNumbered(2)).still(ulidNumbered(9), jpeg),
  ],
  [
    'an opening signed by another device',
    'bad-signature',
    ({ porch, other }) =>
      porch.send(
        topics.init(porch.thing, ulidNumbered(2)),
        encode(other.clip(ulidNumbered(2)).opening),
      ),
  ],
  [
    'an opening without a signature',
    'malformed',
    (at) => {
      const { sig: _sig, ...unsigned } = at.clip.opening;
      at.porch.send(init(at), encode(unsigned));
    },
  ],
  [
    'an opening of another clip',
    'malformed',
    (at) => at.porch.send(init(at), encode(at.porch.clip(ulidNumbered(2)).opening)),
  ],
  [
    'another opening for a clip that was opened',
    'another-opening',
    ({ porch }) => porch.clip(first, { seq: 7 }).init(),
  ],
  [
    'an opening with a changed time under its old signature',
    'bad-signature',
    ({ clip }) => clip.init({ ...clip.opening, seq: 8 }),
  ],
  [
    'a mark with a changed root under its old signature',
    'bad-signature',
    ({ clip }) => clip.mark(4, { sig: clip.makeMark(3).sig }),
  ],
  [
    'a mark whose root is of other chunks',
    'mark-root-differs',
    ({ clip }) => {
      clip.chunk(4);
      clip.mark(5, { root: clip.root(3) });
    },
  ],
  [
    'a final with the signature of its opening',
    'bad-signature',
    ({ clip }) => clip.final(clip.makeFinal({ sig: clip.opening.sig })),
  ],
  [
    'a final of the same clip id from another opening',
    'bad-signature',
    ({ clip, porch }) => clip.final(porch.clip(first, { seq: 3 }).makeFinal()),
  ],
  [
    'a final with the number of another clip, well signed',
    'bad-signature',
    ({ clip }) => clip.final(clip.makeFinal({ seq: 5 })),
  ],
  [
    'JSON of 128 KiB',
    'malformed',
    (at) => at.porch.send(init(at), text(`"${'x'.repeat(131_070)}"`)),
  ],
  ['deep JSON', 'malformed', (at) => at.porch.send(init(at), text(deep.slice(0, 60_000)))],
  ['half a JSON', 'malformed', (at) => at.porch.send(init(at), text('{"v":1,'))],
  ['no UTF-8', 'malformed', (at) => at.porch.send(init(at), Buffer.from([0xff, 0xfe, 0x00]))],
  [
    '__proto__',
    'malformed',
    (at) =>
      at.porch.send(
        init(at),
        text(JSON.stringify(at.clip.opening).replace('{', '{"__proto__":{"polluted":true},')),
      ),
  ],
  [
    'an event with __proto__ in its data',
    'bad-signature',
    ({ porch }) =>
      porch.send(
        topics.event(porch.thing),
        text(
          `{"v":1,"id":"${ulidNumbered(5)}","seq":0,"kind":"ding","at":1,"data":{"__proto__":"x"},` +
            `"sig":"${'A'.repeat(96)}"}`,
        ),
      ),
  ],
  [
    'a still that is no JPEG',
    'bad-still',
    ({ clip }) => clip.still(ulidNumbered(9), text('GIF89a')),
  ],
  [
    'a still that is too large',
    'bad-still',
    ({ clip }) =>
      clip.still(ulidNumbered(9), Buffer.concat([jpeg, Buffer.alloc(limits.stillBytesMax)])),
  ],
  ['a frame that is no JPEG', 'bad-frame', ({ porch }) => porch.send('up/porch/frame', text('x'))],
  [
    'a reply nobody waits for',
    'bad-reply',
    ({ porch }) =>
      porch.send(
        topics.reply(porch.thing, ulidNumbered(5)),
        encode({ id: ulidNumbered(5), ok: true }),
      ),
  ],
];

test.each(messages)(
  '%s changes nothing and is counted as %s [WIRE-9]',
  async (_what, reason, send) => {
    const at = await scene();
    const before = await everything(at.world);
    send(at);
    await at.world.pass(1000);
    expect(at.world.cloud.counters.refused[reason]).toBe(1);
    expect(at.world.cloud.counters.refused['handler-failed']).toBe(0);
    expect(await everything(at.world)).toEqual(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    // And the clip goes on.
    at.clip.sendChunks(4);
    at.clip.final();
    await at.world.pass(1000);
    expect(at.clip.receipt?.state).toBe('stored');
    expect(await at.world.bytes({ thing: at.porch.thing, clip: first })).toEqual(at.clip.bytes());
  },
);

test('chunks after fin are refused, and the clip stays as it was [WIRE-9]', async () => {
  const { world, porch, clip } = await scene();
  clip.final();
  clip.chunk(6, jpeg); // beyond what the final declares
  clip.sendChunks(4);
  await world.pass(300);
  expect(clip.receipt?.state).toBe('stored');
  expect(world.cloud.counters.refused['beyond-final']).toBe(1);
  clip.chunk(6, jpeg);
  clip.chunk(2, jpeg);
  await world.pass(300);
  expect(world.cloud.counters.refused['after-final']).toBe(2);
  expect(await world.bytes({ thing: porch.thing, clip: first })).toEqual(clip.bytes());
});

test.each([
  ['root', { root: 'f'.repeat(64) }],
  ['size', { size: 17 }],
])(
  'a well signed final with another %s is rejected, once on record, and a right one still counts',
  async (_what, change) => {
    const { world, clip } = await scene();
    clip.sendChunks(4);
    clip.final(clip.makeFinal(change));
    clip.final(clip.makeFinal(change));
    await world.pass(300);
    expect(clip.receipt).toMatchObject({ state: 'rejected' });
    expect(await world.entries('clip-rejected')).toHaveLength(1);
    clip.final();
    await world.pass(300);
    expect(clip.receipt?.state).toBe('stored');
  },
);

test('another opening is refused after a restart too, when nothing of the clip is in memory [WIRE-9]', async () => {
  const { world, porch, clip } = await scene();
  const reborn = await world.crash();
  const again = await reborn.device('porch');
  again.clip(first, { seq: 7 }).init();
  await reborn.settle();
  expect(reborn.cloud.counters.refused['another-opening']).toBe(1);
  expect(await reborn.row({ thing: porch.thing, clip: first })).toMatchObject({ seq: 0 });
  again.clip(first).init(clip.opening);
  await reborn.settle();
  expect(again.receipts.at(-1)).toMatchObject({ state: 'receiving', next: 4 });
});

test('stills beyond the limit are refused [WIRE-9]', async () => {
  const { world, clip } = await scene();
  for (let n = 0; n < limits.stillsPerClipMax + 1; n++) clip.still(ulidNumbered(100 + n), jpeg);
  await world.pass(300);
  expect(world.cloud.counters.refused['too-many-stills']).toBe(1);
  expect(clip.receipt?.stills).toHaveLength(limits.stillsPerClipMax);
});

test('a revoked device is refused from then on, and cut off', async () => {
  const { world, porch, clip } = await scene();
  expect(await world.cloud.registry.revoke(porch.thing, 'stolen')).toBe(true);
  expect(world.bus.cut).toEqual([porch.thing]);
  clip.sendChunks(4);
  clip.final();
  await world.pass(1000);
  expect(world.cloud.counters.refused['unknown-device']).toBe(3);
  expect(await world.row({ thing: porch.thing, clip: first })).toMatchObject({
    possession: 'staged',
  });
});

test('one device whose messages the cloud cannot handle harms none of fifty others [WIRE-3]', async () => {
  let stuck: (() => void) | null = null;
  const world = await openCloudWorld({
    ports: (ports) => ({
      ...ports,
      vault: {
        ...ports.vault,
        open: (key, dataKey) => {
          if (key.thing === 'hangs') {
            return new Promise((resolve) => {
              stuck = () => resolve(ports.vault.open(key, dataKey));
            });
          }
          if (key.thing === 'throws') throw new Error('a bug that only this device meets');
          return ports.vault.open(key, dataKey);
        },
      },
    }),
  });
  const hangs = await world.device('hangs');
  const throws = await world.device('throws');
  const others = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => (await world.device(`door-${n}`)).clip(first)),
  );
  const big = hangs.clip(first, { chunkCount: 400, chunkBytes: 100_000 });
  const bad = throws.clip(first);
  big.init();
  bad.init();
  for (const clip of others) clip.init();
  for (let index = 0; index < 400; index++) {
    if (!world.bus.paused.has(hangs.thing)) big.chunk(index);
    bad.chunk(index % 6);
    if (index < 6) for (const clip of others) clip.chunk(index);
  }
  for (const clip of others) clip.final();
  await world.pass(2000);
  expect(others.map(({ receipt }) => receipt?.state)).toEqual(others.map(() => 'stored'));
  expect([...world.bus.paused]).toEqual([hangs.thing]);
  expect(world.bus.pauses).toEqual([hangs.thing]);
  expect(world.cloud.counters.refused['handler-failed']).toBeGreaterThan(0);

  (stuck as (() => void) | null)?.();
  await world.pass(2000);
  expect(world.bus.paused.size).toBe(0);
  expect(big.receipt?.next).toBeGreaterThan(100);
});
