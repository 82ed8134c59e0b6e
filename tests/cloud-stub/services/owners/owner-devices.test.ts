import { expect, test } from 'vitest';
import { encode } from '../../../../device/wire/codec.ts';
import { commandSchema } from '../../../../device/wire/messages.ts';
import { topics } from '../../../../device/wire/topics.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import { createTestAuthority } from '../../../support/links/link-certificates.ts';

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const parse = (payload: Uint8Array): unknown => JSON.parse(Buffer.from(payload).toString());

async function linked() {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  world.bus.presence(porch.thing, true);
  await world.settle();
  const commands = () =>
    world.bus.sent
      .filter(({ topic }) => topic === topics.command(porch.thing))
      .map(({ payload }) => commandSchema.parse(parse(payload)));
  return { world, porch, commands };
}

test('a device is listed for its owner, with its presence and settings', async () => {
  const { world, porch } = await linked();
  porch.send(topics.settingsInForce(porch.thing), encode({ sensitivity: 7 }));
  await world.settle();
  const at = world.clock.now();
  const shown = {
    thing: porch.thing,
    connected: true,
    lastSeenAt: at,
    ownedFromAt: at,
    settings: { sensitivity: 7 },
  };
  expect(await world.cloud.devices.list(world.owner)).toEqual([shown]);
  expect(await world.cloud.devices.find(world.owner, porch.thing)).toEqual(shown);
  const told: unknown[] = [];
  world.cloud.happenings.follow(world.owner, (happening) => told.push(happening));
  world.bus.presence(porch.thing, false);
  await world.settle();
  expect(told).toEqual([{ kind: 'device-changed', device: { ...shown, connected: false } }]);
});

test("someone else's device and none at all give the same answer", async () => {
  const { world, porch } = await linked();
  const { account } = await world.cloud.accounts.open('stranger');
  for (const [who, thing] of [
    [account, porch.thing],
    [world.owner, 'nowhere' as never],
  ] as const) {
    expect(await world.cloud.devices.find(who, thing)).toBeNull();
    expect(await world.cloud.devices.snapshot(who, thing)).toBeNull();
    expect(await world.cloud.devices.reboot(who, thing)).toBeNull();
    expect(await world.cloud.devices.wantSettings(who, thing, {})).toBeNull();
    expect(await world.cloud.devices.watch(who, thing, () => {})).toBeNull();
  }
});

test.each([
  [{ ok: true }, { ok: true }],
  [
    { ok: false, reason: 'busy' },
    { ok: false, because: 'refused', detail: 'busy' },
  ],
])('a command answered %j', async (reply, outcome) => {
  const { world, porch, commands } = await linked();
  const asked = world.cloud.devices.snapshot(world.owner, porch.thing);
  await world.settle();
  const [command] = commands();
  expect(command).toMatchObject({ name: 'snapshot', expiresAt: world.clock.now() + 10_000 });
  if (command === undefined) return;
  porch.send(topics.reply(porch.thing, command.id), encode({ id: command.id, ...reply }));
  expect(await asked).toEqual(outcome);
});

test('a command nobody answers ends, and one to a device that is away is not sent', async () => {
  const { world, porch, commands } = await linked();
  const asked = world.cloud.devices.reboot(world.owner, porch.thing);
  await world.pass(10_000);
  expect(await asked).toEqual({ ok: false, because: 'unanswered' });
  world.bus.presence(porch.thing, false);
  await world.settle();
  expect(await world.cloud.devices.reboot(world.owner, porch.thing)).toEqual({
    ok: false,
    because: 'offline',
  });
  expect(commands()).toHaveLength(1);
});

test("a reply on another's behalf is not taken [WIRE-9]", async () => {
  const { world, porch, commands } = await linked();
  const other = await world.device('other');
  const asked = world.cloud.devices.snapshot(world.owner, porch.thing);
  await world.settle();
  const id = commands()[0]?.id as never;
  other.send(topics.reply(other.thing, id), encode({ id, ok: true }));
  await world.pass(10_000);
  expect(await asked).toEqual({ ok: false, because: 'unanswered' });
  expect(world.cloud.counters.refused['bad-reply']).toBe(1);
});

test('settings wanted while the device is away reach it when it connects, after a restart too', async () => {
  const { world, porch } = await linked();
  world.bus.presence(porch.thing, false);
  await world.settle();
  const wanted = await world.cloud.devices.wantSettings(world.owner, porch.thing, { volume: 3 });
  expect(wanted).toEqual({ ok: false, because: 'offline' });
  const reborn = await world.crash();
  reborn.bus.presence(porch.thing, true);
  await reborn.settle();
  expect(
    reborn.bus.sent.map(({ topic, payload }) => ({ topic, settings: parse(payload) })),
  ).toEqual([{ topic: topics.settingsWanted(porch.thing), settings: { volume: 3 } }]);
});

test('live pictures are asked for while somebody watches, and kept by nobody', async () => {
  const { world, porch, commands } = await linked();
  const frames: Uint8Array[] = [];
  const watching = await world.cloud.devices.watch(world.owner, porch.thing, (frame) =>
    frames.push(frame),
  );
  await world.settle();
  porch.send(topics.frame(porch.thing), jpeg);
  await world.pass(25_000);
  expect(frames).toEqual([jpeg]);
  expect(commands().map(({ name }) => name)).toEqual(['live-view', 'live-view', 'live-view']);
  watching?.cancel();
  await world.pass(60_000);
  porch.send(topics.frame(porch.thing), jpeg);
  await world.settle();
  expect(commands()).toHaveLength(3);
  expect(frames).toHaveLength(1);
});

test('only a P-256 certificate in its own name enrols a device', async () => {
  const world = await openCloudWorld();
  const { certificatePem } = await (await createTestAuthority()).issue('hall', []);
  const { registry } = world.cloud;
  const hall = 'hall' as never;
  expect(await registry.enrol(hall, 'nonsense')).toMatchObject({ because: 'not-a-certificate' });
  expect(await registry.enrol('porch' as never, certificatePem)).toMatchObject({
    because: 'names-another',
  });
  expect(await registry.enrol(hall, certificatePem)).toEqual({ ok: true, thing: 'hall' });
  expect(await registry.enrol(hall, certificatePem)).toEqual({ ok: true, thing: 'hall' });
  expect(await registry.revoke(hall, 'lost')).toBe(true);
  expect(await registry.enrol(hall, certificatePem)).toMatchObject({ because: 'revoked' });
  expect(await world.entries('device-enrolled')).toHaveLength(1);
});

test('a device of our authority needs no enrolment by hand, and may come back with a new certificate', async () => {
  const authority = await createTestAuthority();
  let issued = await authority.issue('hall', []);
  const world = await openCloudWorld({
    cloud: { findCertificate: async (thing) => (thing === 'hall' ? issued.certificatePem : null) },
  });
  const hall = 'hall' as never;
  const before = await world.cloud.registry.identity(hall);
  expect(before?.thing).toBe('hall');
  issued = await authority.issue('hall', []);
  expect((await world.cloud.registry.identity(hall))?.publicKey).toBe(before?.publicKey);
  world.bus.presence(hall, true);
  await world.settle();
  const after = await world.cloud.registry.identity(hall);
  expect(after?.publicKey.equals(before?.publicKey as never)).toBe(false);
  expect(await world.cloud.registry.identity('porch' as never)).toBeNull();
});
