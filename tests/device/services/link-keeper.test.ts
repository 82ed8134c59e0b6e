import { expect, test } from 'vitest';
import { type Link, LinkError, type LinkSession } from '../../../device/board.ts';
import { silentLog } from '../../../device/log.ts';
import { createLinkKeeper } from '../../../device/services/link-keeper.ts';
import { createSeededEntropy } from '../../../tools/simulation/seeded-entropy.ts';
import { createBoardClock } from '../../support/device/board-clock.ts';
import { testThing } from '../../support/device/simulated-board.ts';

/** A keeper on a link that opens as `opens` says, attempt by attempt; later ones as the last. */
function keep(opens: readonly boolean[], profile: 'aws' | 'open' = 'aws', seed = 1) {
  const clock = createBoardClock();
  const attempts: number[] = [];
  const told: string[] = [];
  const sessions: LinkSession[] = [];
  const link: Link = {
    async open(session) {
      const opened = opens[Math.min(attempts.length, opens.length - 1)];
      attempts.push(clock.uptime());
      if (opened !== true) throw new LinkError('no route');
      sessions.push(session);
    },
    publish: async () => {},
    close: async () => void told.push('closed'),
  };
  const keeper = createLinkKeeper({
    board: { link, clock, entropy: createSeededEntropy(seed) },
    thing: testThing,
    profile: () => profile,
    log: silentLog,
    onUp: () => told.push('up'),
    onDown: (because) => told.push(`down: ${because}`),
    onMessage: (topic) => told.push(topic),
  });
  keeper.start();
  return { clock, keeper, attempts, told, sessions };
}

test('it subscribes to its own four filters, as itself', async () => {
  const { clock, sessions } = keep([true]);
  await clock.advance(0);
  expect(sessions.map(({ clientId, filters }) => [clientId, filters])).toEqual([
    [
      'test-bell',
      [
        'dn/test-bell/clip/+/ack',
        'dn/test-bell/event/ack',
        'dn/test-bell/command',
        'dn/test-bell/settings',
      ],
    ],
  ]);
});

test('under `aws` attempts are never closer than a second, and go up to a minute apart', async () => {
  const { clock, attempts } = keep([false]);
  await clock.advance(20 * 60_000);
  const gaps = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  expect(gaps[0]).toBeLessThanOrEqual(1_500);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(61_000);
  expect(Math.max(...gaps)).toBeGreaterThan(20_000);
});

test('two doorbells of a fleet do not come back together', async () => {
  const gaps = await Promise.all(
    [1, 2, 3, 4, 5].map(async (seed) => {
      const { clock, attempts } = keep([false], 'open', seed);
      await clock.advance(3_000);
      return attempts[1];
    }),
  );
  expect(new Set(gaps).size).toBe(5);
});

test('a link that breaks is told once, and opened again', async () => {
  const { clock, keeper, told, sessions } = keep([true]);
  await clock.advance(0);
  sessions[0]?.onClosed('cable pulled');
  expect(keeper.up()).toBe(false);
  await clock.advance(2_000);
  expect(told).toEqual(['up', 'down: cable pulled', 'up']);
});

test('a broker that accepts and drops is not stormed', async () => {
  const { clock, attempts, sessions } = keep([true]);
  for (let i = 0; i < 400; i++) {
    await clock.advance(500);
    sessions.splice(0).forEach((session) => void session.onClosed('kicked'));
  }
  expect(attempts.length).toBeLessThan(20);
});

test('after a stop nothing is told, and nothing opened', async () => {
  const { clock, keeper, told, sessions, attempts } = keep([true]);
  await clock.advance(0);
  await keeper.stop();
  sessions[0]?.onMessage('dn/test-bell/command', new Uint8Array());
  sessions[0]?.onClosed('late');
  await clock.advance(120_000);
  expect(told).toEqual(['up', 'down: stopped', 'closed']);
  expect(attempts).toHaveLength(1);
});
