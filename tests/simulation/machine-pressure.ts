/**
 * A machine with other things to do: turns of the event loop that take long, threads that are taken, and microtasks
 * between all others. What depends on any of them comes out otherwise.
 */
import { pbkdf2 } from 'node:crypto';

/** Until the function it returns is called. */
export function pressMachine(): () => void {
  let on = true;
  let round = 0;
  const busy = (): void => {
    if (!on) return;
    round++;
    const untilMs = performance.now() + (round % 16 === 0 ? 2 : 0);
    while (performance.now() < untilMs);
    let hops = round % 7;
    const hop = (): void => {
      if (hops-- > 0) queueMicrotask(hop);
    };
    hop();
    setImmediate(busy);
  };
  busy();
  const takeThread = (): void => {
    if (on) pbkdf2('other', 'work', 2_000, 32, 'sha256', takeThread);
  };
  for (let n = 0; n < 4; n++) takeThread();
  return () => {
    on = false;
  };
}
