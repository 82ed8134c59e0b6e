/** The transaction of one write, as kysely drives it: on the writer's connection, and over once its work is. */
import assert from 'node:assert/strict';
import {
  type CompiledQuery,
  type ConnectionProvider,
  DefaultQueryExecutor,
  type QueryResult,
  Transaction,
} from 'kysely';
import type { CatalogueTables } from '../catalogue-tables.ts';
import type { Writing } from '../ports.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

/** Connects to nothing: each transaction brings its connection. */
const dialect = sqliteDialect({
  connectionsMax: 0,
  connect: () => {
    throw new Error('a transaction has its connection');
  },
});
const kept = {
  config: { dialect },
  dialect,
  driver: dialect.createDriver(),
};
const adapter = dialect.createAdapter();
const compiler = dialect.createQueryCompiler();

/** `isOpen`: false once the work it was made for has ended. */
export const sqliteTransaction = (connection: SqliteConnection, isOpen: () => boolean): Writing =>
  new Transaction<CatalogueTables>({ ...kept, executor: new Executor(connection, isOpen) });

/** Kysely's own passes a query through a dozen promises, which a clip's twenty statements feel. */
class Executor extends DefaultQueryExecutor {
  readonly #connection: SqliteConnection;
  readonly #isOpen: () => boolean;

  constructor(connection: SqliteConnection, isOpen: () => boolean) {
    const provider: ConnectionProvider = {
      provideConnection: (consumer) => consumer(connection),
    };
    super(compiler, adapter, provider);
    this.#connection = connection;
    this.#isOpen = isOpen;
  }

  override executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    assert(this.#isOpen(), 'a transaction was used after its work had ended');
    return this.#connection.executeQuery<Row>(query);
  }
}
