/** What every Clock must do. */
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../device/board.ts';
import { days, milliseconds } from '../../device/wire/time.ts';
import { waitFor } from '../support/wait-for.ts';

/** `advance` lets that much time pass, by waiting or by moving a clock that can be moved. */
export function clockContract(
  name: string,
  openClock: () => { readonly clock: Clock; readonly advance: (ms: number) => Promise<void> },
): void {
  describe(`${name} is a clock`, () => {
    test('times are whole milliseconds, as messages carry them', () => {
      const { clock } = openClock();
      expect(Number.isInteger(clock.now())).toBe(true);
      expect(Number.isInteger(clock.uptime())).toBe(true);
      expect(clock.uptime()).toBeGreaterThanOrEqual(0);
    });

    test('uptime goes on and never back', async () => {
      const { clock, advance } = openClock();
      const before = clock.uptime();
      await advance(20);
      const between = clock.uptime();
      await advance(20);
      expect(between).toBeGreaterThan(before);
      expect(clock.uptime()).toBeGreaterThan(between);
    });

    test('the last synchronisation is not in the future', () => {
      const { clock } = openClock();
      expect(clock.syncedAt() ?? 0).toBeLessThanOrEqual(clock.uptime());
    });

    test('a timer acts once, and never before its time by the clock that does not step', async () => {
      const { clock, advance } = openClock();
      const delaysMs = Array.from({ length: 30 }, (_, n) => n + 1);
      const acts: { readonly delayMs: number; readonly tookMs: number }[] = [];
      for (const delayMs of delaysMs) {
        const from = clock.uptime();
        clock.setTimer('test', milliseconds(delayMs), () =>
          acts.push({ delayMs, tookMs: clock.uptime() - from }),
        );
      }
      await waitFor('the timers', async () => {
        await advance(10);
        return acts.length >= delaysMs.length;
      });
      await advance(60);
      expect(acts.map(({ delayMs }) => delayMs).sort((a, b) => a - b)).toEqual(delaysMs);
      expect(acts.filter(({ delayMs, tookMs }) => tookMs < delayMs)).toEqual([]);
    });

    test('a timer of sixty days does not act at once', async () => {
      const { clock, advance } = openClock();
      let acts = 0;
      const timer = clock.setTimer('test', days(60), () => acts++);
      await advance(20);
      timer.cancel();
      expect(acts).toBe(0);
    });

    test('a cancelled timer never acts, and may be cancelled again', async () => {
      const { clock, advance } = openClock();
      let acts = 0;
      const timer = clock.setTimer('test', milliseconds(10), () => acts++);
      timer.cancel();
      timer.cancel();
      await advance(40);
      expect(acts).toBe(0);
    });
  });
}
