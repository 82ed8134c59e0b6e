import { describe, expect, test } from 'vitest';
import {
  type Footage,
  isNamed,
  mayBeInScope,
  type Subject,
  type TimeMatch,
  timeMatch,
} from '../../../cloud-stub/custody/holds-scope.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { epochMs, milliseconds } from '../../../device/wire/time.ts';
import { account, thing, ulid } from './holds-samples.ts';

const footage = (earliest: number | null, latest: number, durationMs = 10): Footage => ({
  thing,
  account,
  earliestAt: earliest === null ? null : epochMs(earliest),
  latestAt: epochMs(latest),
  durationMs: milliseconds(durationMs),
});
const span = { from: epochMs(100), to: epochMs(200) };

describe('the time of a clip against the span from 100 to 200', () => {
  test.each<[string, Footage, TimeMatch]>([
    ['within', footage(100, 100), 'inside'],
    ['to its last instant', footage(190, 190), 'inside'],
    ['begun before, ends within', footage(95, 95), 'edge'],
    ['begun within, ends after', footage(195, 195), 'edge'],
    ['longer than the span', footage(50, 50, 500), 'edge'],
    ['ends where it begins', footage(90, 90), 'outside'],
    ['begins where it ends', footage(200, 200), 'outside'],
    ['an instant at its beginning', footage(100, 100, 0), 'inside'],
    ['an instant at its end', footage(200, 200, 0), 'outside'],
    ['surely within, though not known when', footage(110, 150), 'inside'],
    ['surely reaching in, perhaps whole', footage(95, 150), 'edge'],
    ['perhaps before it', footage(80, 150), 'uncertain'],
    ['perhaps after it', footage(150, 250), 'uncertain'],
    ['an instant, perhaps at its beginning', footage(50, 100, 0), 'uncertain'],
    ['perhaps at any time', footage(null, 150), 'uncertain'],
    ['perhaps long before, surely not after', footage(null, 80), 'outside'],
    ['with the whole span between its bounds', footage(0, 500), 'uncertain'],
  ])('%s', (_title, clip, expected) => {
    expect(timeMatch(clip, span)).toBe(expected);
  });

  test('a span open on both sides holds every clip whole', () => {
    expect(timeMatch(footage(null, 150), { from: null, to: null })).toBe('inside');
  });
});

describe('whose a clip is', () => {
  const other = ulid(901);
  const elsewhere = 'garage' as ThingName;
  test.each<[string, Subject, boolean]>([
    ['its owner', { by: 'account', account }, true],
    ['another account', { by: 'account', account: other }, false],
    ['its device', { by: 'device', thing }, true],
    ['another device', { by: 'device', thing: elsewhere }, false],
    ['its device, of its owner', { by: 'device-of-account', thing, account }, true],
    [
      'its device, while another owned it',
      { by: 'device-of-account', thing, account: other },
      false,
    ],
    ["another of its owner's", { by: 'device-of-account', thing: elsewhere, account }, false],
  ])('%s', (_title, subject, expected) => {
    expect(isNamed(footage(100, 100), subject)).toBe(expected);
  });

  test('doubt about the time preserves, doubt about the owner does not [HLD-2]', () => {
    const subjects: Subject[] = [{ by: 'account', account }];
    expect(mayBeInScope(footage(80, 150), { ...span, subjects })).toBe(true);
    expect(mayBeInScope({ ...footage(150, 150), account: null }, { ...span, subjects })).toBe(
      false,
    );
    expect(mayBeInScope(footage(150, 150), { ...span, subjects: [] })).toBe(false);
  });
});
