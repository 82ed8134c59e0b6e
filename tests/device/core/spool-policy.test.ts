import { expect, test } from 'vitest';
import {
  admitsEvent,
  chooseEviction,
  eventsPendingHardMax,
  eventsPendingMax,
  type SpooledClip,
} from '../../../device/core/spool-policy.ts';
import type { Ulid } from '../../../device/wire/ids.ts';

const clip = (
  seq: number,
  kind: 'ring' | 'motion' | 'rejected' | 'recording' | 'gone',
): SpooledClip => ({
  clip: `clip-${seq}` as Ulid,
  seq,
  rang: kind === 'ring',
  bytes: kind === 'gone' ? 0 : 10,
  recording: kind === 'recording',
  rejected: kind === 'rejected',
});

test.each([
  [
    'the oldest motion goes first',
    [clip(1, 'ring'), clip(2, 'motion'), clip(3, 'motion')],
    true,
    'clip-2',
  ],
  [
    'what the cloud refused goes before that',
    [clip(1, 'motion'), clip(2, 'rejected')],
    false,
    'clip-2',
  ],
  [
    'for a ring, the oldest ring goes when there is nothing else',
    [clip(2, 'ring'), clip(1, 'ring')],
    true,
    'clip-1',
  ],
  ['for motion, no ring goes', [clip(1, 'ring')], false, null],
  ['what is being recorded never goes', [clip(1, 'recording')], true, null],
  ['what holds no bytes frees none', [clip(1, 'gone'), clip(2, 'motion')], true, 'clip-2'],
  ['an empty spool gives nothing up', [], true, null],
] as const)('%s [DEV-3]', (_name, clips, forRing, expected) => {
  const verdict = chooseEviction(clips, forRing);
  expect(verdict.kind === 'evict' ? verdict.clip : null).toBe(expected);
});

test.each([
  ['health', eventsPendingMax - 1, true],
  ['health', eventsPendingMax, false],
  ['ding', eventsPendingMax, true],
  ['evicted', eventsPendingHardMax - 1, true],
  ['ding', eventsPendingHardMax, false],
] as const)('with %s and %i waiting, an event is made: %s', (kind, pending, expected) => {
  expect(admitsEvent(kind, pending)).toBe(expected);
});
