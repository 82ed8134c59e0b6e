/** Waiting for a condition of the world, with a limit no loaded machine reaches. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Throws, naming `what`, after `limitMs`: a doorbell may wait a minute before it connects again, and another before it
 * asks again. [WIRE-2]
 */
export async function waitUntil(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 300_000,
): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!(await isTrue())) {
    if (performance.now() > endsAt)
      throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await sleep(25);
  }
}
