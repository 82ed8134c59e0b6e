/** Ctrl-C and SIGTERM: the first asks for a stop in good order, a later one and a slow drain end it at once. */

const drainMsMax = 4_800;
/** A Ctrl-C reaches a script of npm's twice: from the terminal, and passed on by npm. */
const sameSignalMs = 1_000;

/** Aborted at the first signal. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  let askedAt = 0;
  const onSignal = (): void => {
    const now = performance.now();
    if (stopping.signal.aborted) {
      if (now - askedAt > sameSignalMs) process.exit(1);
      return;
    }
    askedAt = now;
    stopping.abort();
    // What is on flash and in the vault is safe either way. [DEV-3] [WIRE-1]
    setTimeout(() => process.exit(1), drainMsMax).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return stopping.signal;
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
