import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMemoryKeyVault } from '../../../cloud-stub/backends/memory-key-vault.ts';
import { openMemoryVault } from '../../../cloud-stub/backends/memory-vault.ts';
import { openVirtualClock } from '../../../cloud-stub/backends/virtual-clock.ts';
import { countedPorts } from '../../../cloud-stub/backends/work-in-flight.ts';
import { days, later, milliseconds, minutes, seconds } from '../../../device/wire/time.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import {
  clipNumbered,
  sampleBytes,
  seededEntropy,
  sha256Of,
} from '../../support/cloud/clip-samples.ts';

describe('a virtual clock [RET-8]', () => {
  test('stands still until it is moved, and both its clocks move together', async () => {
    const clock = openVirtualClock(newYear);
    const fired: string[] = [];
    clock.setTimer('soon', milliseconds(1), () => fired.push('soon'));
    await sleep(20);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([newYear, 0, []]);
    expect(await clock.advance(days(60))).toEqual({
      now: later(newYear, days(60)),
      timersFired: 1,
    });
    expect([clock.now(), clock.monotonic()]).toEqual([later(newYear, days(60)), days(60)]);
  });

  test('a timer sees its own time, also one that an earlier one set on the way', async () => {
    const clock = openVirtualClock(newYear);
    const seen: [string, number][] = [];
    const note = (name: string): void => void seen.push([name, clock.monotonic()]);
    clock.setTimer('late', minutes(3), () => note('late'));
    clock.setTimer('early', minutes(1), () => {
      note('early');
      clock.setTimer('between', minutes(1), () => note('between'));
    });
    await clock.advance(minutes(10));
    expect(seen).toEqual([
      ['early', minutes(1)],
      ['between', minutes(2)],
      ['late', minutes(3)],
    ]);
  });

  test('what a timer set going through a port is over before the next one fires', async () => {
    const clock = openVirtualClock(newYear);
    const slow = async (): Promise<void> => {
      await sleep(15);
      await sleep(15);
    };
    const { notifier } = countedPorts({ notifier: { tell: slow } } as never, clock.work) as {
      notifier: { tell(): Promise<void> };
    };
    const order: string[] = [];
    clock.setTimer('first', seconds(1), () => {
      void notifier.tell().then(() => {
        order.push('told at', String(clock.monotonic()));
        clock.setTimer('set after', milliseconds(500), () => order.push('set after'));
      });
    });
    clock.setTimer('second', seconds(2), () => order.push('second'));
    await clock.advance(seconds(5));
    expect(order).toEqual(['told at', '1000', 'set after', 'second']);
  });

  test('what follows on microtasks only, however long the chain, is over too', async () => {
    const clock = openVirtualClock(newYear);
    const order: string[] = [];
    clock.setTimer('first', seconds(1), () => {
      void (async () => {
        for (let i = 0; i < 1000; i++) await Promise.resolve();
        order.push('chain');
      })();
    });
    clock.setTimer('second', seconds(2), () => order.push('second'));
    await clock.advance(seconds(2));
    expect(order).toEqual(['chain', 'second']);
  });

  test('a timer without delay fires while time stands, and not before its caller returns', async () => {
    const clock = openVirtualClock(newYear);
    const order: string[] = [];
    clock.setTimer('turn', milliseconds(0), () => order.push('fired'));
    clock.setTimer('cancelled', milliseconds(0), () => order.push('never')).cancel();
    order.push('set');
    await clock.settle();
    expect([order, clock.monotonic()]).toEqual([['set', 'fired'], 0]);
  });

  test('those outside are asked until they are quiet', async () => {
    const clock = openVirtualClock(newYear);
    const left = [1, 2, 3];
    clock.onSettle(async () => left.pop() === undefined);
    await clock.settle();
    expect(left).toEqual([]);
  });

  test('two advances follow each other; a stop ends them where they are', async () => {
    const clock = openVirtualClock(newYear);
    const [first, second] = [clock.advance(minutes(1)), clock.advance(minutes(2))];
    expect((await first).now).toBe(later(newYear, minutes(1)));
    expect((await second).now).toBe(later(newYear, minutes(3)));
    clock.setTimer('stop', minutes(1), () => clock.stop());
    clock.setTimer('after', minutes(2), () => expect.unreachable());
    expect((await clock.advance(days(1))).now).toBe(later(newYear, minutes(4)));
  });

  test('an advance goes no further than what it is for', async () => {
    const clock = openVirtualClock(newYear);
    let done = false;
    clock.setTimer('work', minutes(2), () => {
      done = true;
    });
    expect((await clock.advance(days(1), () => done)).now).toBe(later(newYear, minutes(2)));
  });

  test('timers fire in the order they are due, equals in the order they were set; cancelled ones never', async () => {
    const plan = fc.array(
      fc.record({ delayMs: fc.integer({ min: 1, max: 50 }), cancelled: fc.boolean() }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(plan, async (timers) => {
        const clock = openVirtualClock(newYear);
        const fired: number[] = [];
        const set = timers.map(({ delayMs }, i) =>
          clock.setTimer(String(i), milliseconds(delayMs), () => fired.push(i)),
        );
        for (const [i, { cancelled }] of timers.entries()) if (cancelled) set[i]?.cancel();
        const left = timers.flatMap(({ delayMs, cancelled }, i) =>
          cancelled ? [] : [{ i, delayMs }],
        );
        const expected = left.sort((a, b) => a.delayMs - b.delayMs || a.i - b.i).map(({ i }) => i);
        expect(clock.waiting()).toEqual(expected.map(String));
        await clock.advance(milliseconds(50));
        expect(fired).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});

test('counted ports do what they did before', async () => {
  const clock = openVirtualClock(newYear);
  const ports = countedPorts(
    { vault: openMemoryVault(), keys: openMemoryKeyVault(seededEntropy('counted')), clock },
    clock.work,
  );
  const key = clipNumbered(1);
  const chunk = sampleBytes(100, 'chunk');
  const clip = await ports.vault.open(key, await ports.keys.obtain(key));
  clip.append(0, chunk, sha256Of(chunk));
  await clip.sync();
  expect(Buffer.from(await clip.read(0))).toEqual(chunk);
  await clip.close();
  const listed = [];
  for await (const each of ports.vault.list()) listed.push(each);
  expect(listed).toEqual([key]);
  expect(ports.clock.now()).toBe(newYear);
  await clock.settle();
});
