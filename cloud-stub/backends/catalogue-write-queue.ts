/**
 * Writes to the catalogue, one transaction at a time in the order they were asked for. Those that
 * wait while another commits share the next commit and its fsync: each after the first runs in a savepoint of its
 * own, so that a throw undoes that one only, and none resolves before all of them are durable.
 */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import type { Writing } from '../ports.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { sqliteTransaction } from './sqlite-transaction.ts';

/** Sees each transaction from within. */
export type TransactionWatch = {
  begun(database: DatabaseSync): void;
  /** Before it commits; a throw undoes it. */
  committing(database: DatabaseSync): Promise<void>;
};

/** Bounds how long the first of a group waits for the last. */
const writesPerCommitMax = 64;

type Job = {
  readonly alone: boolean;
  readonly work: (tx: Writing) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
};
type Done = { readonly job: Job } & ({ readonly result: unknown } | { readonly error: unknown });

export class CatalogueWriteQueue {
  readonly #connection: SqliteConnection;
  readonly #gather: () => Promise<void>;
  readonly #watch: TransactionWatch | undefined;
  readonly #waiting: Job[] = [];
  /** The work that calls; it is over once not `open`, though timers it set still carry it. */
  readonly #inside = new AsyncLocalStorage<{ open: boolean }>();
  #draining: Promise<void> | null = null;

  /** `gather` gives other callers the time to join the first commit. */
  constructor(
    connection: SqliteConnection,
    gather: () => Promise<void>,
    watch: TransactionWatch | undefined,
  ) {
    this.#connection = connection;
    this.#gather = gather;
    this.#watch = watch;
  }

  write<Result>(
    work: (tx: Writing) => Promise<Result>,
    { alone } = { alone: false },
  ): Promise<Result> {
    assert(
      this.#inside.getStore()?.open !== true,
      'a write inside a write waits for itself: use the transaction at hand',
    );
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ alone, work, resolve: resolve as (result: unknown) => void, reject });
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
    const { database } = this.#connection;
    const taken: Job[] = [];
    const done: Done[] = [];
    try {
      this.#connection.exec('begin immediate');
      this.#watch?.begun(database);
      while (taken.length < writesPerCommitMax) {
        const job = this.#waiting[0];
        if (job === undefined || (taken.length > 0 && (job.alone || taken[0]?.alone))) break;
        taken.push(job);
        this.#waiting.shift();
        done.push(await (taken.length === 1 ? this.#run(job) : this.#runAfterOthers(job)));
        // Nothing but the first is there yet: it needs no savepoint, which keeps in memory each page as it was.
        const [first] = done;
        if (first !== undefined && 'error' in first) throw first.error;
      }
      await this.#watch?.committing(database);
      this.#connection.exec('commit');
    } catch (error) {
      // A full disk makes SQLite roll back by itself; there is nothing left to undo then.
      if (database.isOpen && database.isTransaction) database.exec('rollback');
      // The commit failed, or SQLite gave the whole transaction up: nothing of it is there.
      // If it could not even begin, nobody was taken yet, and those who wait would wait for ever.
      for (const job of taken.length > 0 ? taken : this.#waiting.splice(0)) job.reject(error);
      return;
    }
    for (const outcome of done) {
      if ('error' in outcome) outcome.job.reject(outcome.error);
      else outcome.job.resolve(outcome.result);
    }
  }

  async #run(job: Job): Promise<Done> {
    const state = { open: true };
    try {
      const tx = sqliteTransaction(this.#connection, () => state.open);
      return { job, result: await this.#inside.run(state, () => job.work(tx)) };
    } catch (error) {
      return { job, error };
    } finally {
      state.open = false;
    }
  }

  /** A throw undoes this one, and nothing of those before it. */
  async #runAfterOthers(job: Job): Promise<Done> {
    this.#connection.run('savepoint work');
    const outcome = await this.#run(job);
    try {
      if ('error' in outcome) this.#connection.run('rollback to work');
      this.#connection.run('release work');
    } catch (error) {
      // A full disk made SQLite give up the whole transaction, the savepoint with it: all fail with that.
      throw 'error' in outcome ? outcome.error : error;
    }
    return outcome;
  }
}
