import { expect, test } from 'vitest';
import { ulidNumbered } from '../../support/clip-samples.ts';
import { openCloudWorld } from '../../support/cloud-world.ts';

const first = ulidNumbered(1);

test('a clip that nothing disturbs becomes stored, byte for byte, and is answered', async () => {
  const world = await openCloudWorld();
  const porch = await world.device('porch');
  const clip = porch.clip(first);
  clip.sendAll();
  await world.pass(1000);

  expect(clip.receipt).toEqual({
    v: 1,
    clip: first,
    state: 'stored',
    next: 6,
    have: [[0, 5]],
    window: 8,
  });
  const key = { thing: porch.thing, clip: first };
  expect(await world.bytes(key)).toEqual(clip.bytes());
  expect(await world.row(key)).toMatchObject({
    possession: 'stored',
    visibility: 'visible',
    account: world.owner,
    disposition: 'complete',
    truncated: 0,
    chunks: 6,
    sizeBytes: clip.bytes().length,
    root: clip.root(),
    durationMs: 10_000,
  });
  expect(await world.entries('clip-stored')).toHaveLength(1);
});
