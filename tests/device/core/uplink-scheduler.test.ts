import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  admit,
  freshScheduler,
  linkBudgets,
  mostUrgent,
  precedence,
  settled,
} from '../../../device/core/uplink-scheduler.ts';
import { limits } from '../../../device/wire/limits.ts';
import { uptimeMs } from '../../../device/wire/time.ts';

const KiB = 1024;

test('[WIRE-4] a ding goes before other events, stills, the recording clip, live pictures, older clips', () => {
  const shuffled = fc.shuffledSubarray([...precedence], { minLength: 1 });
  fc.assert(
    fc.property(shuffled, (urgencies) => {
      const first = mostUrgent(urgencies.map((urgency) => ({ urgency })))?.urgency;
      expect(first).toBe(precedence.find((urgency) => urgencies.includes(urgency)));
    }),
  );
  expect(mostUrgent([])).toBeNull();
});

/** Sends messages of the sizes as fast as it may; says when each went. */
function sendAll(sizes: readonly number[], profile: 'aws' | 'open') {
  let state = freshScheduler(profile, uptimeMs(0));
  let at = 0;
  return sizes.map((bytes) => {
    for (;;) {
      const verdict = admit(state, 'older', bytes, profile, uptimeMs(at));
      if (verdict.kind === 'send') {
        state = settled(verdict.state);
        return { at, bytes };
      }
      expect(verdict.until).toBeGreaterThan(at);
      at = Number(verdict.until);
    }
  });
}

test('[WIRE-4] under `aws` no second sees 80 messages, nor more than 480 KiB and one burst', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: limits.chunkBytesMax }), { maxLength: 300 });
  const small = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 });
  const burstBytes = linkBudgets.aws?.bytes.capacity ?? 0;
  fc.assert(
    fc.property(fc.oneof(sizes, small), (all) => {
      const sent = sendAll(all, 'aws');
      for (const { at } of sent) {
        const second = sent.filter((other) => other.at >= at && other.at < at + 1000);
        expect(second.length).toBeLessThan(80);
        const bytes = second.reduce((sum, message) => sum + message.bytes, 0);
        expect(bytes).toBeLessThanOrEqual(480 * KiB + burstBytes);
      }
    }),
    { numRuns: 60 },
  );
});

test('[WIRE-4] under `aws` a long upload uses at least 95 % of 480 KiB/s', () => {
  const sent = sendAll(Array(100).fill(limits.chunkBytesMax), 'aws');
  const seconds = (sent.at(-1)?.at ?? 0) / 1000;
  expect((99 * limits.chunkBytesMax) / KiB / seconds).toBeGreaterThan(0.95 * 480);
});

test('a ding need not wait for the uploads, however much they send', () => {
  let state = freshScheduler('aws', uptimeMs(0));
  for (let at = 0; at < 5_000; at += 10) {
    const upload = admit(state, 'older', 100 * KiB, 'aws', uptimeMs(at));
    if (upload.kind === 'send') state = upload.state;
    expect(admit(state, 'ding', 600, 'aws', uptimeMs(at)).kind).toBe('send');
    if (at % 300 === 0) state = settled(state);
  }
});

test('too much unacknowledged waits for the broker, not for the clock', () => {
  let state = freshScheduler('aws', uptimeMs(0));
  const at = 9_200;
  for (let i = 0; i < 92; i++) {
    const verdict = admit(state, 'event', 10, 'aws', uptimeMs(100 * (i + 1)));
    if (verdict.kind === 'send') state = verdict.state;
  }
  expect(admit(state, 'event', 10, 'aws', uptimeMs(at + 100))).toMatchObject({
    kind: 'wait',
    until: null,
  });
  expect(admit(state, 'ding', 10, 'aws', uptimeMs(at + 100)).kind).toBe('send');
  expect(admit(settled(state), 'event', 10, 'aws', uptimeMs(at + 100)).kind).toBe('send');
});

test('`open` limits nothing', () => {
  expect(sendAll(Array(500).fill(limits.chunkBytesMax), 'open').at(-1)?.at).toBe(0);
});
