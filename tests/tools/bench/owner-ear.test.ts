import { expect, it } from 'vitest';
import { dingsIn } from '../../../tools/bench/owner-ear.ts';

it('hears rings and nothing else', () => {
  const message = (event: string, data: object) => `event: ${event}\ndata: ${JSON.stringify(data)}`;
  expect(
    dingsIn([
      'retry: 2000',
      ': still here',
      message('event', { kind: 'motion-began', clip: 'A' }),
      message('clip', { kind: 'ding', clip: 'B' }),
      `id: 7\n${message('event', { kind: 'ding', clip: 'C' })}`,
      message('event', { kind: 'ding', clip: null }),
    ]),
  ).toEqual(['C']);
});
