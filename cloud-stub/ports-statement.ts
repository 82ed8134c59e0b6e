/**
 * SQL of which only the values change from run to run. For the statements that every clip passes: to put such a query
 * together anew took longer than to run it. All others are written with kysely.
 */
import { type CompiledQuery, sql } from 'kysely';
import type { Reading } from './ports.ts';

export type Value = string | number | null | Uint8Array;

export type Statement<Row> = {
  /** Inside a transaction, or alone to read. */
  execute(db: Reading): Promise<readonly Row[]>;
};

/** As the dialect compiled it, by where it stands in the source: one process speaks to one kind of database. */
const compiled = new WeakMap<TemplateStringsArray, CompiledQuery<unknown>>();

export const statement = <Row = never>(
  strings: TemplateStringsArray,
  ...parameters: readonly Value[]
): Statement<Row> => ({
  async execute(db) {
    let query = compiled.get(strings);
    if (query === undefined) {
      query = sql(strings, ...parameters).compile(db);
      compiled.set(strings, query);
    }
    const { rows } = await db.getExecutor().executeQuery<Row>({ ...query, parameters });
    return rows;
  },
});
