import { expect, test } from 'vitest';
import { decodeFrames, encodeFrame } from '../../../device/core/journal-frames.ts';
import {
  createForgetfulFlash,
  type ForgetfulFlash,
} from '../../../tools/simulation/forgetful-flash.ts';
import { bootBell } from '../../support/device/running-bell.ts';

const isStill = (path: string): boolean => path.endsWith('.jpg');

function flipped(bytes: Uint8Array): Uint8Array {
  const rotten = Uint8Array.from(bytes);
  const at = rotten.length >> 1;
  rotten[at] = (rotten[at] ?? 0) ^ 1;
  return rotten;
}

/** A ring with its still, while no cloud can be reached. */
async function ringAlone(flash: ForgetfulFlash) {
  const bell = await bootBell({}, { flash });
  await bell.board.clock.advance(8_000);
  bell.board.cloud.setReachable(false);
  await bell.board.press();
  await bell.board.clock.advance(15_000);
  const found = [...flash.files()].find(([path]) => isStill(path));
  if (found === undefined) throw new Error('no still');
  return { bell, path: found[0], jpeg: found[1] };
}

test('a still that rots on flash is never sent: it is given up with the reason, and told [DEV-4]', async () => {
  const flash = createForgetfulFlash();
  const { bell, path, jpeg } = await ringAlone(flash);
  const { clock, cloud } = bell.board;
  await flash.write(path, flipped(jpeg));
  cloud.setReachable(true);
  await clock.advance(60_000);
  const because = 'its bytes on flash are damaged';
  const [clip] = bell.clips();
  const still = path.slice('spool/'.length, -'.jpg'.length);
  expect(cloud.arrivals.filter((topic) => topic.includes('/still/'))).toEqual([]);
  expect(bell.happenings.filter(({ kind }) => kind === 'still-refused')).toMatchObject([
    { because },
  ]);
  expect(bell.events('flash-damaged')).toMatchObject([
    { clip: clip?.opening.clip, data: { because, still } },
  ]);
  expect(clip?.stored).toBe(true);
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
  expect([...flash.files().keys()].filter(isStill)).toEqual([]);
  await bell.stop();
});

test('a still that one read gives wrong is read again, and sent as it was taken [DEV-4]', async () => {
  const inner = createForgetfulFlash();
  let reads = 0;
  const flash: ForgetfulFlash = {
    ...inner,
    async read(path) {
      const bytes = await inner.read(path);
      return bytes !== null && isStill(path) && reads++ === 0 ? flipped(bytes) : bytes;
    },
  };
  const { bell, jpeg } = await ringAlone(flash);
  bell.board.cloud.setReachable(true);
  await bell.board.clock.advance(60_000);
  expect(reads).toBe(2);
  expect([...(bell.clips()[0]?.stills.values() ?? [])]).toEqual([jpeg]);
  expect(bell.events('flash-damaged')).toEqual([]);
  await bell.stop();
});

test('a still that an older firmware kept, without its hash, is sent as it is', async () => {
  const { bell, jpeg } = await ringAlone(createForgetfulFlash());
  bell.board.powerOff();
  const { flash } = bell.board;
  const journal = [...flash.files()].find(([path]) => /journal-\d+$/.test(path));
  if (journal === undefined) throw new Error('no journal');
  const [path, bytes] = journal;
  const older = decodeFrames(bytes).parts.map((part) => {
    const text = JSON.stringify('value' in part ? part.value : []);
    return encodeFrame(JSON.parse(text.replace(/,"sha256":"[0-9a-f]{64}"/g, '')) as object);
  });
  expect(Buffer.concat(older).length).toBeLessThan(bytes.length);
  await flash.write(path, Buffer.concat(older));
  const again = await bootBell({}, { flash, before: bell.board, seed: 5 });
  again.board.cloud.setReachable(true);
  await again.board.clock.advance(60_000);
  expect([...(again.clips()[0]?.stills.values() ?? [])]).toEqual([jpeg]);
  await again.stop();
});
