import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../../../device/config.ts';
import { ownerKeyId } from '../../../device/wire/footage-sealing.ts';
import type { CloudClip } from '../../support/device/fake-cloud.ts';
import { bootBell, type RunningBell } from '../../support/device/running-bell.ts';
import { makeFootageOwner } from '../../support/device/sealed-clips.ts';
import { testThing } from '../../support/device/simulated-board.ts';

const owner = makeFootageOwner();
const encryption = { ownerKeys: [owner.publicKey] };
/** Larger than a chunk, so that a fragment is several. */
const fragmentBytes = 150_000;

async function ring(bell: RunningBell): Promise<void> {
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(12_000);
}

const bytesOf = ({ chunks }: CloudClip): Buffer =>
  Buffer.concat([...chunks].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));

const open = (clip: CloudClip, sealed = bytesOf(clip)) =>
  owner.open(
    { thing: testThing, clip: clip.opening.clip },
    clip.opening.e2ee?.recipients ?? [],
    sealed,
  );

const onFlash = ({ board }: RunningBell): Buffer =>
  Buffer.concat([...board.flash.files().values()].map((bytes) => Buffer.from(bytes)));

/**
 * What every fragment and the first kept still (the one before is taken for nobody) of the simulated camera hold, long
 * enough never to come about by chance.
 */
const plainMarks = ['moof\0\0\0\x10mfhd', '\xff\xd8\xff\xfe\x13\x82\x02\x02'];
const [footageMark] = plainMarks;
const plainIn = (bytes: Buffer): string[] =>
  plainMarks.filter((mark) => bytes.includes(mark, 0, 'latin1'));

function first(bell: RunningBell): CloudClip {
  const [clip] = bell.clips();
  if (clip === undefined) throw new Error('no clip came');
  return clip;
}

test('what the owner opens is exactly what an unsealed doorbell records', async () => {
  const [sealed, plain] = [
    await bootBell({ encryption }, { fragmentBytes }),
    await bootBell({}, { fragmentBytes }),
  ];
  for (const bell of [sealed, plain]) await ring(bell);
  const clip = first(sealed);
  expect(await open(clip)).toEqual({ bytes: bytesOf(first(plain)), isWhole: true });
  expect(clip.opening.e2ee?.recipients.map(({ recipient }) => recipient)).toEqual([
    ownerKeyId(owner.publicKey),
  ]);
  expect(clip.final).toMatchObject({ disposition: 'complete', size: bytesOf(clip).length });
  expect(sealed.board.cloud.complaints).toEqual([]);
  for (const bell of [sealed, plain]) await bell.stop();
});

test('stills are sealed too, and the owner opens them', async () => {
  const bell = await bootBell({ encryption });
  await ring(bell);
  const clip = first(bell);
  const [[still, sealed] = []] = clip.stills;
  if (still === undefined || sealed === undefined) throw new Error('no still came');
  const { jpeg } = await bell.board.imager.still({ bytesMax: 120_000, widthPxMax: 640 });
  const recipients = clip.opening.e2ee?.recipients ?? [];
  const opened = await owner.openStill(
    { thing: testThing, clip: clip.opening.clip },
    recipients,
    still,
    sealed,
  );
  // The simulated camera numbers its pictures; they are alike but for that.
  expect(opened.length).toBe(jpeg.length);
  expect(opened.subarray(0, 4)).toEqual(Buffer.from(jpeg).subarray(0, 4));
  expect(sealed.length).toBe(jpeg.length + 16);
  await bell.stop();
});

test('neither the flash nor the link ever holds a picture', async () => {
  const seen: { readonly flash: string[]; readonly link: string[] }[] = [];
  for (const config of [{}, { encryption }]) {
    const bell = await bootBell(config);
    const flash = new Set<string>();
    await bell.board.clock.advance(6_000);
    await bell.board.press();
    for (let second = 0; second < 12; second++) {
      await bell.board.clock.advance(1_000);
      for (const mark of plainIn(onFlash(bell))) flash.add(mark);
    }
    const { clips, posts, frames } = bell.board.cloud;
    const sent = [
      ...[...clips.values()].flatMap(({ chunks, stills }) => [
        ...chunks.values(),
        ...stills.values(),
      ]),
      ...posts.map(({ payload }) => payload),
      ...frames,
    ];
    seen.push({
      flash: plainMarks.filter((mark) => flash.has(mark)),
      link: plainIn(Buffer.concat(sent.map((bytes) => Buffer.from(bytes)))),
    });
    await bell.stop();
  }
  expect(seen).toEqual([
    { flash: plainMarks, link: plainMarks }, // what can be found, were it not sealed
    { flash: [], link: [] },
  ]);
});

test('[DEV-2] footage is sealed and sent while it is recorded', async () => {
  const bell = await bootBell({ encryption });
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(2_000);
  const clip = first(bell);
  expect(clip.final).toBe(null);
  expect(clip.marked).toBeGreaterThan(3);
  const { bytes, isWhole } = await open(clip);
  expect(plainIn(bytes)).toEqual([footageMark]);
  expect(isWhole).toBe(false);
  await bell.stop();
});

test('[DEV-3] what power loss leaves is sent as it stood, opens, and has no end', async () => {
  const bell = await bootBell({ encryption }, { fragmentBytes });
  bell.board.cloud.setReachable(false);
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(3_500);
  const [stood] = [...bell.board.flash.files()].filter(([name]) => name.endsWith('.chunks'));
  bell.board.powerOff();
  const flash = bell.board.flash.cutPower(() => 0);
  bell.board.cloud.setReachable(true);
  // The doorbell that comes back has no key of that clip any more, nor any need of one.
  const next = await bootBell({}, { flash, before: bell.board, seed: 9, fragmentBytes });
  await next.board.clock.advance(15_000);
  const clip = first(next);
  expect(clip.final).toMatchObject({ disposition: 'truncated', reason: 'power-loss' });
  expect(clip.stored).toBe(true);
  const { bytes, isWhole } = await open(clip);
  expect(isWhole).toBe(false);
  expect(plainIn(bytes)).toEqual([footageMark]);
  for (const chunk of clip.chunks.values()) {
    expect(Buffer.from(stood?.[1] ?? []).includes(Buffer.from(chunk))).toBe(true);
  }
  await next.stop();
});

test('a clip that is interrupted has no end, and says that it is truncated', async () => {
  const bell = await bootBell({ encryption });
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(2_000);
  bell.board.imager.breakStream({ ended: false, again: true });
  await bell.board.clock.advance(6_000);
  const clip = first(bell);
  expect(clip.final?.disposition).toBe('truncated');
  expect((await open(clip)).isWhole).toBe(false);
  await bell.stop();
});

test('no live view leaves a doorbell whose footage is sealed', async () => {
  const bell = await bootBell({ encryption });
  await bell.board.clock.advance(3_000);
  const id = '01HF7YAT00AAAAAAAAAAAAAAAA';
  const expiresAt = bell.board.clock.now() + 10_000;
  bell.board.cloud.send('dn/test-bell/command', { id, name: 'live-view', expiresAt, data: {} });
  await bell.board.clock.advance(5_000);
  const reply = bell.board.cloud.posts.find(({ topic }) => topic.includes('/reply/'));
  expect(JSON.parse(Buffer.from(reply?.payload ?? []).toString())).toEqual({
    id,
    ok: false,
    reason: 'footage is end-to-end encrypted',
  });
  expect(bell.board.cloud.frames).toEqual([]);
  await bell.stop();
});

const reported = (bell: RunningBell): Record<string, unknown> => {
  const post = bell.board.cloud.posts.findLast(({ topic }) => topic === 'up/test-bell/settings');
  return JSON.parse(Buffer.from(post?.payload ?? []).toString());
};

test.each([
  ['switch encryption off', { encryption: { ownerKeys: [] } }],
  ['put in a key of its own', { encryption: { ownerKeys: [makeFootageOwner().publicKey] } }],
])('a cloud cannot %s', async (_what, wanted) => {
  const bell = await bootBell({ encryption });
  await bell.board.clock.advance(1_000);
  bell.board.cloud.send('dn/test-bell/settings', { clip: { preRollMs: 0 }, ...wanted });
  await ring(bell);
  expect(bell.events('settings-changed')[0]?.data).toMatchObject({ accepted: false });
  expect(String(bell.events('settings-changed')[0]?.data['because'])).toContain('encryption');
  expect(reported(bell)['encryption']).toEqual(encryption);
  expect((await open(first(bell))).isWhole).toBe(true);
  await bell.stop();
});

test('a doorbell that is told nothing seals nothing', async () => {
  const bell = await bootBell();
  await ring(bell);
  expect(first(bell).opening.e2ee).toBe(undefined);
  expect(reported(bell)['encryption']).toEqual({ ownerKeys: [] });
  await bell.stop();
});

test.each([
  ['of another form', '["hello"]', 'encryption.ownerKeys.0', /^expected a public key as/],
  ['that are no list', 'hello', 'encryption.ownerKeys', /^expected a list of at most 16/],
  ['too many', JSON.stringify(Array(17).fill(owner.publicKey)), 'encryption.ownerKeys', /most 16/],
])('owner keys %s are refused by name', (_what, text, field, allowed) => {
  const read = () =>
    readConfig({ file: null, environment: {}, flags: { 'encryption.ownerKeys': text } });
  expect(read).toThrow(ConfigError);
  try {
    read();
  } catch (error) {
    expect((error as ConfigError).problems).toEqual([
      expect.objectContaining({
        field,
        source: '--encryption-owner-keys',
        allowed: expect.stringMatching(allowed),
      }),
    ]);
  }
});
