import { expect, test } from 'vitest';
import { SilenceWatch } from '../../../../cloud-stub/backends/broker/silence-watch.ts';
import { milliseconds, seconds } from '../../../../device/wire/time.ts';
import { standingClock } from '../../../support/standing-clock.ts';

function watched() {
  const clock = standingClock();
  const said: string[] = [];
  const state = { excused: false };
  const watch = new SilenceWatch({
    clock,
    isExcused: () => state.excused,
    onSilent: (because) => said.push(because),
  });
  return { clock, said, state, watch };
}

test('a client is silent one and a half times its interval after it was last heard', () => {
  const { clock, said, watch } = watched();
  watch.agree(30);
  clock.advance(seconds(40));
  watch.heard();
  clock.advance(milliseconds(44_999));
  expect(said).toEqual([]);
  clock.advance(milliseconds(1));
  expect(said).toEqual(['silent for 45000 ms']);
});

test('a client that is not being read from is not silent, until it is read from again', () => {
  const { clock, said, state, watch } = watched();
  watch.agree(30);
  state.excused = true;
  clock.advance(seconds(600));
  expect(said).toEqual([]);
  state.excused = false;
  watch.heard();
  clock.advance(milliseconds(44_999));
  expect(said).toEqual([]);
  clock.advance(milliseconds(1));
  expect(said).toEqual(['silent for 45000 ms']);
});

test('an interval of 0 is never over, and a watch stopped never speaks', () => {
  const { clock, said, watch } = watched();
  watch.agree(0);
  clock.advance(seconds(1e6));
  watch.agree(30);
  watch.stop();
  clock.advance(seconds(1e6));
  expect([said, clock.waiting()]).toEqual([[], []]);
});
