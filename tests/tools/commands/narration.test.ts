import { expect, test } from 'vitest';
import type { Happening } from '../../../device/services/happenings.ts';
import { Narrator } from '../../../tools/commands/narration.ts';

const clip = '01JD0000000000000000000ABC';
const happening = (value: object): Happening => value as Happening;
const event = (kind: string, data: object = {}): Happening =>
  happening({ kind: 'event', event: { kind, data } });

test('a clip is told from its beginning to its safe end', () => {
  const narrator = new Narrator();
  const tell = (value: object, nowMs = 0): string | undefined =>
    narrator.tell(happening(value), nowMs)?.text;
  const opening = { clip, trigger: 'ding', preRoll: { deliveredMs: 4200 }, startedAt: 1_000 };
  expect(tell({ kind: 'clip-began', opening })).toBe('000ABC recording (ring), 4.2 s of pre-roll');
  const final = { clip, size: 2_097_152, endedAt: 11_000, truncated: false };
  expect(tell({ kind: 'clip-ended', final })).toBe('000ABC recorded, 10.0 s, 2.0 MiB');
  expect(tell({ kind: 'clip-stored', clip }, 11_400)).toBe(
    '000ABC stored in the cloud, 0.4 s after its end',
  );
});

test('a clip cut short says why', () => {
  const final = { clip, size: 10, endedAt: 0, truncated: true, reason: 'power-loss' };
  const line = new Narrator().tell(happening({ kind: 'clip-ended', final }), 0);
  expect(line?.text).toBe('000ABC recorded, 10 B, cut short: power-loss');
});

test.each([
  [event('ding'), 'somebody rings'],
  [event('motion-began'), 'something moves'],
  [event('button', { press: 'long' }), 'a long press'],
  [event('button', { press: 'short' }), undefined],
  [event('night-mode', { on: true }), 'night mode on'],
  [event('health'), undefined],
  [
    event('imager-fault', { because: 'camera rtsp://***@cam/door: nothing listens there' }),
    'rtsp://***@cam/door: nothing listens there',
  ],
  [happening({ kind: 'link-up' }), 'connected to the cloud'],
  [happening({ kind: 'events-acknowledged', upTo: 3 }), undefined],
])('%j is told as %j', (value, expected) => {
  expect(new Narrator().tell(value, 0)?.text).toBe(expected);
});
