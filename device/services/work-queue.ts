/** Work done strictly one after the other, in the order it was given. */

export type WorkQueue = {
  /** Runs `work` when all before it is done; its outcome is the caller's, and stops nothing after it. */
  add<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Resolves when everything added so far is done. */
  idle(): Promise<void>;
};

export function createWorkQueue(): WorkQueue {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    add(work) {
      const done = tail.then(work);
      // The failure belongs to whoever added the work; the queue itself only waits for it.
      tail = done.catch(() => undefined);
      return done;
    },
    async idle() {
      await tail;
    },
  };
}
