import { expect, test } from 'vitest';
import { defaultSettings, overlaySettings } from '../../../device/core/settings.ts';

test('a part that is named replaces the members it names, all else stays', () => {
  const verdict = overlaySettings(defaultSettings, {
    clip: { preRollMs: 2_000 },
    still: { regions: true },
  });
  expect(verdict.ok && verdict.settings).toEqual({
    ...defaultSettings,
    clip: { ...defaultSettings.clip, preRollMs: 2_000 },
    still: { ...defaultSettings.still, regions: true },
  });
});

test.each([
  [{ clip: { preRollMs: -1 } }, 'preRollMs'],
  [{ clip: 7 }, 'clip'],
  [{ clip: { colour: 1 } }, 'colour'],
  [{ uplink: { profile: 'azure' } }, 'profile'],
])('%o is refused, naming what is wrong', (wanted, name) => {
  const verdict = overlaySettings(defaultSettings, wanted);
  expect(verdict.ok ? '' : verdict.because).toContain(name);
});

test('a document cannot reach the prototype', () => {
  const wanted = JSON.parse(
    '{"__proto__":{"polluted":true},"clip":{"constructor":{"prototype":{"polluted":true}}}}',
  );
  overlaySettings(defaultSettings, wanted);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
