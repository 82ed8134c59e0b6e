import { describe, expect, it } from 'vitest';
import { openVirtualClock } from '../../../cloud-stub/backends/virtual-clock.ts';
import { days, hours, later } from '../../../device/wire/time.ts';
import { ann, injected } from '../../support/cloud/api-under-test.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';

const operatorToken = 'token-of-the-operator';
const operator = { authorization: `Bearer ${operatorToken}` };

async function world() {
  const clock = openVirtualClock(newYear);
  const { server } = await injected({ virtualClock: clock, operatorToken });
  const advance = (payload: object, headers = operator) =>
    server.inject({ method: 'POST', url: '/clock/advance', headers, payload });
  return { clock, server, advance };
}

describe('the virtual clock over HTTP [RET-8]', () => {
  it('is not there where the clock is a real one', async () => {
    const { server } = await injected({ operatorToken });
    for (const [method, url] of [
      ['GET', '/clock'],
      ['POST', '/clock/advance'],
    ] as const) {
      expect((await server.inject({ method, url, headers: operator })).statusCode).toBe(404);
    }
  });

  it('shows its time and moves it, each timer on its way', async () => {
    const { clock, server, advance } = await world();
    const seen: number[] = [];
    clock.setTimer('first', hours(1), () => seen.push(clock.monotonic()));
    clock.setTimer('beyond', days(61), () => seen.push(clock.monotonic()));
    const shown = await server.inject({ url: '/clock', headers: operator });
    expect(shown.json()).toEqual({ now: '2026-01-01T00:00:00.000Z', timersWaiting: 2 });
    const moved = await advance({ by: '60d' });
    expect(moved.json()).toEqual({
      now: '2026-03-02T00:00:00.000Z',
      timersWaiting: 1,
      timersFired: 1,
    });
    expect(seen).toEqual([hours(1)]);
    expect((await advance({ to: '2026-03-03T12:00:00+00:00' })).json()).toMatchObject({
      now: '2026-03-03T12:00:00.000Z',
      timersFired: 1,
    });
  });

  it.each([
    ['nothing', {}],
    ['both', { by: '1d', to: '2026-02-01T00:00:00Z' }],
    ['a length without a unit', { by: '60' }],
    ['a negative length', { by: '-1d' }],
    ['a time that is past', { to: '2025-12-31T23:59:59Z' }],
    ['more than a year', { by: '367d' }],
    ['more than a number holds', { by: '999999999999d' }],
    ['what is not asked for', { by: '1d', quietly: true }],
  ])('refuses %s, and time stands still', async (_title, payload) => {
    const { clock, advance } = await world();
    const answer = await advance(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(clock.now()).toBe(newYear);
  });

  it.each([
    ['no token', {}, 401],
    ["an owner's token", ann, 403],
    ['another token', { authorization: `Bearer ${operatorToken}x` }, 401],
    ['no bearer', { authorization: operatorToken }, 401],
  ])('refuses who shows %s [SEC-1]', async (_title, headers, status) => {
    const { clock, server, advance } = await world();
    expect((await advance({ by: '1d' }, headers as typeof operator)).statusCode).toBe(status);
    expect((await server.inject({ url: '/clock', headers })).statusCode).toBe(status);
    expect(clock.now()).toBe(later(newYear, days(0)));
  });

  it("an operator's token opens no owner's route [SEC-1]", async () => {
    const { server } = await world();
    expect((await server.inject({ url: '/v1/clips', headers: operator })).statusCode).toBe(403);
  });
});
