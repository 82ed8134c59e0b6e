import { expect, test } from 'vitest';
import { bootBell, type RunningBell } from '../../support/device/running-bell.ts';

const want = (bell: RunningBell, settings: object): void =>
  bell.board.cloud.send('dn/test-bell/settings', settings);

function reported(bell: RunningBell): Record<string, Record<string, unknown>> {
  const last = bell.board.cloud.posts.findLast(({ topic }) => topic === 'up/test-bell/settings');
  return JSON.parse(Buffer.from(last?.payload ?? []).toString());
}

test('settings wanted are applied, reported, told, and outlive a reboot', async () => {
  const bell = await bootBell({ clip: { postRollMs: 2_000, maxLengthMs: 30_000 } });
  await bell.board.clock.advance(6_000);
  want(bell, { clip: { preRollMs: 1_000 } });
  await bell.board.clock.advance(1_000);
  expect(reported(bell)['clip']).toMatchObject({ preRollMs: 1_000, postRollMs: 2_000 });
  expect(bell.events('settings-changed')[0]?.data).toEqual({ accepted: true, names: ['clip'] });
  await bell.board.press();
  await bell.board.clock.advance(8_000);
  expect(bell.clips()[0]?.opening.preRoll.requestedMs).toBe(1_000);
  await bell.stop();
  const flash = bell.board.flash.cutPower(() => 0.99);
  const next = await bootBell({}, { flash, before: bell.board, seed: 9 });
  expect(next.firmware.state().settings.clip).toMatchObject({
    preRollMs: 1_000,
    maxLengthMs: 30_000,
  });
  await next.stop();
});

test.each([
  [{ clip: { preRollMs: -1 } }],
  [{ clip: { preRollMs: 'long' } }],
  [{ colour: 'red' }],
  [{ motion: { zones: [{ name: 'x', polygon: [] }] } }],
])(
  'settings that do not hold change nothing and are refused with the reason: %o',
  async (wanted) => {
    const bell = await bootBell();
    await bell.board.clock.advance(1_000);
    const before = bell.firmware.state().settings;
    want(bell, wanted);
    await bell.board.clock.advance(1_000);
    expect(bell.firmware.state().settings).toEqual(before);
    expect(bell.events('settings-changed')[0]?.data).toMatchObject({ accepted: false });
    expect(String(bell.events('settings-changed')[0]?.data['because'])).toContain(
      Object.keys(wanted)[0],
    );
    await bell.stop();
  },
);

test('other imager settings start the stream anew', async () => {
  const bell = await bootBell();
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(1_000);
  want(bell, { imager: { videoBitsPerSecond: 500_000 } });
  await bell.board.clock.advance(6_000);
  expect(bell.clips()[0]?.final).toMatchObject({
    disposition: 'truncated',
    reason: 'settings changed',
  });
  expect(bell.firmware.state().picture).toBe('running');
  await bell.stop();
});
