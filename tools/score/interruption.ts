/** Ctrl-C and SIGTERM during long work: what runs is stopped and tidied away, and the exit code says so. */

/** Why work was given up; not a failure. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`);
    this.exitCode = signal === 'SIGINT' ? 130 : 143; // 128 and the signal's number, as shells have it
  }
}

/** A Ctrl-C reaches a script of npm's twice: from the terminal, and passed on by npm. */
const sameSignalMs = 1_000;

/** Runs `work` with a signal that the first Ctrl-C aborts; a second one ends the process at once. */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  let askedAt = 0;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM'): void => {
    const reason = new Interrupted(signal);
    if (!stop.signal.aborted) askedAt = performance.now();
    else if (performance.now() - askedAt > sameSignalMs) process.exit(reason.exitCode);
    stop.abort(reason);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await work(stop.signal);
  } catch (error) {
    const { reason } = stop.signal;
    if (!stop.signal.aborted || !(reason instanceof Interrupted)) throw error;
    console.error(`doorbell: ${reason.message}`);
    process.exitCode = reason.exitCode;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
