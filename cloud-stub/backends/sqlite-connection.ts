/** One connection to an SQLite file through node:sqlite, as kysely drives it. */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';

/**
 * How long a statement waits for another process (a command line beside the cloud) to finish
 * writing.
 */
export const busyMs = 5000;
const statementsMax = 256;

type Prepared = { readonly statement: StatementSync; readonly returnsRows: boolean };

export class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  /** By SQL text; the least recently used first. */
  readonly #prepared = new Map<string, Prepared>();

  readonly #transactionsOnly: boolean;
  readonly #rowsPerTurn: number;
  #rowsThisTurn = 0;

  /**
   * A writer runs queries inside a transaction only: where SQLite has given one up by itself (a full disk), what
   * follows must not commit alone. After `rowsPerTurn` rows read or changed the event loop has a turn; without it,
   * queries resolve on microtasks only.
   */
  constructor(
    path: string,
    options: { readonly readOnly: boolean; readonly rowsPerTurn?: number },
  ) {
    this.#transactionsOnly = !options.readOnly;
    this.#rowsPerTurn = options.rowsPerTurn ?? Number.POSITIVE_INFINITY;
    this.database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: busyMs });
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    this.#requireTransaction();
    const { statement, returnsRows } = this.#prepare(query.sql);
    const parameters = query.parameters as SQLInputValue[];
    if (returnsRows) {
      const rows = statement.all(...parameters) as Row[];
      await this.#turnOfOthers(rows.length);
      return { rows };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    await this.#turnOfOthers(Number(changes));
    return {
      rows: [],
      numAffectedRows: BigInt(changes),
      insertId: BigInt(lastInsertRowid),
    };
  }

  /**
   * Rows one by one. Until the last was taken, this connection sees the database as it was at the
   * first.
   */
  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    // A statement of its own: the cached one may be run again by someone else before this ends.
    const statement = this.database.prepare(query.sql);
    for (const row of statement.iterate(...(query.parameters as SQLInputValue[]))) {
      yield { rows: [row as Row] };
    }
  }

  exec(sql: string): void {
    this.database.exec(sql);
  }

  /** One statement that is run again and again, answers nothing, and belongs into a transaction. */
  run(sql: string): void {
    this.#requireTransaction();
    this.#prepare(sql).statement.run();
  }

  close(): void {
    this.#prepared.clear();
    if (this.database.isOpen) this.database.close();
  }

  /** A hold on a hundred thousand clips is one transaction: sockets are read and readers answered meanwhile. */
  async #turnOfOthers(rows: number): Promise<void> {
    this.#rowsThisTurn += rows;
    if (this.#rowsThisTurn <= this.#rowsPerTurn) return;
    this.#rowsThisTurn = 0;
    await setImmediate();
  }

  #requireTransaction(): void {
    if (this.#transactionsOnly && !this.database.isTransaction) {
      throw new Error('the database gave the transaction up');
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) {
      this.#prepared.delete(sql);
      this.#prepared.set(sql, known);
      return known;
    }
    const statement = this.database.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    if (this.#prepared.size > statementsMax) {
      const oldest = this.#prepared.keys().next();
      if (!oldest.done) this.#prepared.delete(oldest.value);
    }
    return prepared;
  }
}
