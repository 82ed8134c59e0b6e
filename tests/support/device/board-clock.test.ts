import { clockContract } from '../../contract/clock.ts';
import { createBoardClock } from './board-clock.ts';

clockContract('the board clock', () => {
  const clock = createBoardClock();
  return { clock, advance: clock.advance };
});
