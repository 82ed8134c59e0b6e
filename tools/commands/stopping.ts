/** Ctrl-C and SIGTERM: the first asks for a stop in good order, the second and a slow drain end it at once. */

const drainMsMax = 4_800;

/** Aborted at the first signal. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
      // What is on flash and in the vault is safe either way. [DEV-3] [WIRE-1]
      setTimeout(() => process.exit(1), drainMsMax).unref();
    });
  }
  return stopping.signal;
}

export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
