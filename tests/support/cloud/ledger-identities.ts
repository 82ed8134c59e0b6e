/** What must never stand in the ledger: names, ids and token hashes of whoever the catalogue knows. [LOG-2] */
import type { Catalogue } from '../../../cloud-stub/ports.ts';

/** Each identity found in an entry, with the entry's number. */
export async function identitiesInLedger(
  { read }: Catalogue,
  alsoSecret: readonly string[] = [],
): Promise<readonly string[]> {
  const secrets = [
    ...(await read.selectFrom('accounts').select(['account', 'name']).execute()),
    ...(await read.selectFrom('tokens').select('tokenHash').execute()),
    ...(await read.selectFrom('principals').select(['principal', 'name']).execute()),
    ...(await read.selectFrom('principalTokens').select('tokenHash').execute()),
    ...(await read.selectFrom('agencies').select(['agency', 'name']).execute()),
    ...(await read.selectFrom('ownerships').select('ownership').execute()),
  ].flatMap((row) => Object.values<string>(row));
  const rows = await read.selectFrom('ledger').selectAll().execute();
  return rows.flatMap((row) => {
    const text = JSON.stringify(row);
    return [...secrets, ...alsoSecret]
      .filter((secret) => text.includes(secret))
      .map((secret) => `${row.kind} ${row.seq}: ${secret}`);
  });
}
