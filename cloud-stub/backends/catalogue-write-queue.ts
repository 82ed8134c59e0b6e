/**
 * Writes to the catalogue, one transaction at a time in the order they were asked for. Those that
 * wait while another commits share the next commit and its fsync: each runs in a savepoint of its
 * own, so that a throw undoes that one only, and none resolves before all of them are durable.
 */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, KyselyPlugin } from 'kysely';
import type { CatalogueTables } from '../catalogue-tables.ts';
import type { Writing } from '../ports.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/** Bounds how long the first of a group waits for the last. */
const writesPerCommitMax = 64;

type Job = {
  readonly work: (tx: Writing) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
};
type Done = { readonly job: Job } & ({ readonly result: unknown } | { readonly error: unknown });

export class CatalogueWriteQueue {
  readonly #db: Kysely<CatalogueTables>;
  readonly #connection: Pick<SqliteConnection, 'run'>;
  readonly #gather: () => Promise<void>;
  readonly #waiting: Job[] = [];
  /** The work that calls; it is over once not `open`, though timers it set still carry it. */
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>();
  #draining: Promise<void> | null = null;

  /** `connection` is the one `db` writes by. `gather` gives other callers the time to join the first commit. */
  constructor(
    db: Kysely<CatalogueTables>,
    connection: Pick<SqliteConnection, 'run'>,
    gather: () => Promise<void>,
  ) {
    this.#db = db;
    this.#connection = connection;
    this.#gather = gather;
  }

  write<Result>(work: (tx: Writing) => Promise<Result>): Promise<Result> {
    assert(
      this.#inside.getStore()?.open !== true,
      'a write inside a write waits for itself: use the transaction at hand',
    );
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (result: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Runs `act` between transactions. */
  async exclusively<Result>(act: () => Result): Promise<Result> {
    while (this.#draining !== null) await this.#draining;
    return act();
  }

  async #drain(): Promise<void> {
    try {
      await this.#gather();
      while (this.#waiting.length > 0) await this.#commitGroup();
    } finally {
      this.#draining = null;
    }
  }

  async #commitGroup(): Promise<void> {
    const taken: Job[] = [];
    const done: Done[] = [];
    try {
      await this.#db.transaction().execute(async (tx) => {
        while (taken.length < writesPerCommitMax) {
          const job = this.#waiting.shift();
          if (job === undefined) return;
          taken.push(job);
          done.push(await this.#runOne(tx, job));
        }
      });
    } catch (error) {
      // The commit failed, or SQLite gave the whole transaction up (a full disk): nothing of it is
      // there.
      // If it could not even begin, nobody was taken yet, and those who wait would wait for ever.
      for (const job of taken.length > 0 ? taken : this.#waiting.splice(0)) job.reject(error);
      return;
    }
    for (const outcome of done) {
      if ('error' in outcome) outcome.job.reject(outcome.error);
      else outcome.job.resolve(outcome.result);
    }
  }

  async #runOne(tx: Writing, job: Job): Promise<Done> {
    const state = { open: true };
    const onlyWhileOpen: KyselyPlugin = {
      transformQuery: ({ node }) => {
        assert(state.open, 'a transaction was used after its work had ended');
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    this.#connection.run('savepoint work');
    try {
      const own = tx.withPlugin(onlyWhileOpen);
      const result = await this.#inside.run(state, () => job.work(own));
      this.#connection.run('release work');
      return { job, result };
    } catch (error) {
      try {
        this.#connection.run('rollback to work');
        this.#connection.run('release work');
      } catch {
        // A full disk made SQLite give up the whole transaction, the savepoint with it: all fail with that.
        throw error;
      }
      return { job, error };
    } finally {
      state.open = false;
    }
  }
}
