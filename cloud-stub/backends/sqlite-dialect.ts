/**
 * kysely over node:sqlite. A dialect hands out connections from a pool of at most `connectionsMax`:
 * a plain query holds one only while it runs; a stream or a transaction keeps its own, so that no
 * one else reads its frozen view.
 */
import {
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type LimitNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
} from 'kysely';
import type { SqliteConnection } from './sqlite-connection.ts';

export type SqlitePool = {
  readonly connectionsMax: number;
  connect(): SqliteConnection;
};

export const sqliteDialect = (pool: SqlitePool): Dialect => ({
  createAdapter: () => new PooledSqliteAdapter(),
  createDriver: () => new SqliteDriver(pool),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new LiteralLimitCompiler(),
});

class PooledSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/**
 * SQLite plans a statement by the value of its limit, and so prepares one anew each time it is run with `limit ?`: ten
 * times the cost of a small read.
 */
class LiteralLimitCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const { limit } = node;
    if (ValueNode.is(limit) && Number.isSafeInteger(limit.value)) {
      this.append(`limit ${limit.value}`);
    } else super.visitLimit(node);
  }
}

class SqliteDriver implements Driver {
  readonly #pool: SqlitePool;
  readonly #all: SqliteConnection[] = [];
  readonly #idle: SqliteConnection[] = [];
  readonly #waiting: ((connection: SqliteConnection) => void)[] = [];

  constructor(pool: SqlitePool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.length < this.#pool.connectionsMax) {
      const made = this.#pool.connect();
      this.#all.push(made);
      return made;
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    const next = this.#waiting.shift();
    if (next !== undefined) next(connection as SqliteConnection);
    else this.#idle.push(connection as SqliteConnection);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    (connection as SqliteConnection).exec('begin');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    (connection as SqliteConnection).exec('commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const { database } = connection as SqliteConnection;
    if (database.isTransaction) database.exec('rollback');
  }

  async destroy(): Promise<void> {
    for (const connection of this.#all.splice(0)) connection.close();
    this.#idle.length = 0;
  }
}
