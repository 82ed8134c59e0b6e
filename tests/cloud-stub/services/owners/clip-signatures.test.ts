import { expect, test } from 'vitest';
import { viewSignatures } from '../../../../cloud-stub/api/views.ts';
import {
  checkSignatures,
  hashingChunks,
} from '../../../../cloud-stub/console/app/clip-signature.ts';
import { sha256 } from '../../../../device/wire/codec.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../../../support/cloud/cloud-world.ts';
import type { FakeClip } from '../../../support/cloud/fake-device.ts';

const keyOf = ({ clip }: FakeClip) => ({ thing: 'porch' as never, clip });

/** As the page does it, from what the cloud serves. */
async function verdict({ cloud, owner }: CloudWorld, clip: FakeClip) {
  const { footage } = cloud;
  const signatures = await footage.signatures(owner, keyOf(clip));
  const bytes = await footage.open(owner, keyOf(clip));
  const shown = await footage.find(owner, keyOf(clip));
  if (signatures === null || bytes === null || shown === null) return null;
  const served = JSON.parse(JSON.stringify(viewSignatures(signatures)));
  const hashing = hashingChunks(bytes.read(0, bytes.sizeBytes), served.chunkBytes);
  for await (const _piece of hashing.footage);
  await bytes.close();
  return checkSignatures(shown, served, await hashing.hashes());
}

test('an owner can check that a clip is what its doorbell signed, whole or as far as it got [DEV-5]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const spki = porch.publicKey.export({ type: 'spki', format: 'der' });
  const key = sha256(spki).toString('hex').slice(0, 16);
  world.bus.presence(porch.thing, true);
  const whole = porch.clip(ulidNumbered(0));
  whole.sendAll();
  const silent = porch.clip(ulidNumbered(1), { seq: 1 });
  silent.init();
  silent.sendChunks(0, 5);
  silent.mark(4);
  const givenUp = porch.clip(ulidNumbered(2), { seq: 2 });
  givenUp.init();
  givenUp.sendChunks(0, 5);
  givenUp.mark(4);
  givenUp.final(givenUp.makeFinal({ disposition: 'evicted', truncated: true }));
  await world.settle();
  await world.pass(1_000);
  expect(await world.cloud.footage.signatures(world.owner, keyOf(silent))).toBeNull();
  world.bus.presence(porch.thing, false);
  await world.pass(61_000);
  expect(await verdict(world, whole)).toEqual({ kind: 'signed', key });
  expect(await verdict(world, silent)).toEqual({ kind: 'signed-so-far', key });
  expect(await verdict(world, givenUp)).toEqual({ kind: 'signed-so-far', key });
});

test('what a doorbell signed of a clip is its owner’s alone [DEL-1]', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(ulidNumbered(0));
  clip.sendAll();
  await world.settle();
  const { footage } = world.cloud;
  const { account: stranger } = await world.cloud.accounts.open('somebody else');
  expect(await footage.signatures(world.owner, keyOf(clip))).not.toBeNull();
  expect(await footage.signatures(stranger, keyOf(clip))).toBeNull();
  await footage.remove(world.owner, keyOf(clip));
  expect(await footage.signatures(world.owner, keyOf(clip))).toBeNull();
});
