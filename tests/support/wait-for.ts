/** Waits for a condition, with a limit no loaded machine reaches. */
import { setTimeout as sleep } from 'node:timers/promises';

export async function waitFor(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 120_000,
): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > endsAt) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await sleep(5);
  }
}
