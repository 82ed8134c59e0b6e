/**
 * Many small writes, one transaction: what is asked for while a transaction commits goes into the next one together,
 * so that a thousand doorbells do not cost a thousand disk flushes.
 */
import type { Catalogue, Writing } from '../ports.ts';
import { serviceLimits } from './service-limits.ts';

export type GroupCommit = {
  /** Resolves once `work` is durable. When the transaction fails, `work` is run again alone: it must only do SQL. */
  run<Result>(work: (tx: Writing) => Promise<Result>): Promise<Result>;
};

type Waiting = {
  readonly attempt: (tx: Writing) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
};

export function makeGroupCommit(catalogue: Pick<Catalogue, 'write'>): GroupCommit {
  const waiting: Waiting[] = [];
  let flushing = false;

  async function commitTogether(batch: readonly Waiting[]): Promise<void> {
    const settle = await catalogue.write(async (tx) => {
      const settled: (() => void)[] = [];
      for (const { attempt } of batch) settled.push(await attempt(tx));
      return settled;
    });
    for (const resolve of settle) resolve();
  }

  async function commitAlone(one: Waiting): Promise<void> {
    try {
      await commitTogether([one]);
    } catch (error) {
      one.reject(error);
    }
  }

  async function flush(): Promise<void> {
    flushing = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, serviceLimits.groupCommitWorksMax);
      try {
        await commitTogether(batch);
      } catch {
        // One work's fault must not cost the others theirs: each is tried alone, and hears of its own fault.
        for (const one of batch) await commitAlone(one);
      }
    }
    flushing = false;
  }

  return {
    run: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({
          attempt: async (tx) => {
            const result = await work(tx);
            return () => resolve(result);
          },
          reject,
        });
        if (!flushing) void flush();
      }),
  };
}
