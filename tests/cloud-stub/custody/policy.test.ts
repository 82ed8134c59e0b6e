import { describe, expect, test } from 'vitest';
import { readPolicy } from '../../../cloud-stub/custody/policy.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { days } from '../../../device/wire/time.ts';

describe('a profile', () => {
  test('ring-2019 keeps clips 60 days and preserves what the owner deletes [RET-3, DEL-2]', () => {
    expect(ring2019).toMatchObject({
      name: 'ring-2019',
      clipWindowMs: 60 * 86_400_000,
      userDelete: { kind: 'preserve' },
    });
  });

  test.each([1, 180])('a window of %i days is allowed [RET-3]', (count) => {
    expect(readPolicy({ ...ring2019, clipWindowMs: days(count) }).ok).toBe(true);
  });

  test.each([0, 0.999, 180.001, 365])('a window of %d days is refused by name [RET-3]', (count) => {
    const reading = readPolicy({ ...ring2019, clipWindowMs: Math.round(days(count)) });
    expect(reading).toMatchObject({ ok: false, because: expect.stringContaining('clipWindowMs') });
  });

  test.each([
    ['unknown fields', { ...ring2019, keepForever: true }],
    ['a missing clock', { ...ring2019, clock: undefined }],
    ['no profile at all', null],
    ['a delete without a meaning', { ...ring2019, userDelete: { kind: 'maybe' } }],
  ])('%s are refused', (_title, profile) => {
    expect(readPolicy(profile).ok).toBe(false);
  });
});
