/** The rows of many clips at once, as a purge reads and writes them: a statement a step, whatever their number. */
import { type RawBuilder, sql } from 'kysely';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey, Writing } from '../../ports.ts';

/** The clips named, as a table of (thing, clip, more), in their order. */
const wanted = (rows: readonly (readonly unknown[])[]): RawBuilder<unknown> =>
  sql`json_each(${JSON.stringify(rows)}) as wanted`;
const names = (keys: readonly ClipKey[]): RawBuilder<unknown> =>
  wanted(keys.map(({ thing, clip }) => [thing, clip]));
const isWanted = sql`clips.thing = wanted.value ->> 0 and clips.clip = wanted.value ->> 1`;

export const clipName = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;

/** By name; those that are not there are missing. */
export async function clipRows(
  tx: Writing,
  keys: readonly ClipKey[],
): Promise<ReadonlyMap<string, ClipRow>> {
  const { rows } = await sql<ClipRow>`
    select clips.* from ${names(keys)} cross join clips on ${isWanted}`.execute(tx);
  return new Map(rows.map((row) => [clipName(row), row]));
}

/** Which of them a hold or a lease was ever attached to. */
export async function everHeld(
  tx: Writing,
  keys: readonly ClipKey[],
): Promise<ReadonlySet<string>> {
  const of = (table: string): RawBuilder<boolean> => sql`exists (
    select 1 from ${sql.table(table)} as kept
    where kept.thing = wanted.value ->> 0 and kept.clip = wanted.value ->> 1)`;
  const { rows } = await sql<ClipKey>`
    select wanted.value ->> 0 as thing, wanted.value ->> 1 as clip from ${names(keys)}
    where ${of('holdAttachments')} or ${of('leaseItems')}`.execute(tx);
  return new Set(rows.map(clipName));
}

/** Out of everybody's sight, and nothing keeps them any more. */
export async function markShredding(tx: Writing, keys: readonly ClipKey[]): Promise<void> {
  await sql`
    update clips set possession = 'shredding', "keptUntil" = 0,
      visibility = case visibility when 'visible' then 'expired' else visibility end
    from ${names(keys)} where ${isWanted}`.execute(tx);
}

/** Tombstones stay: who, when, how large, which root, and the hash of the final. [RET-6] */
export async function markShredded(
  tx: Writing,
  clips: readonly { readonly key: ClipKey; readonly finalHash: string | null }[],
  at: EpochMs,
): Promise<void> {
  const rows = clips.map(({ key, finalHash }) => [key.thing, key.clip, finalHash]);
  await sql`
    update clips set possession = 'shredded', "purgedAt" = ${at}, opening = '{}', triggers = '[]',
      final = null, "finalHash" = wanted.value ->> 2, "durationMs" = null, "markedChunks" = 0,
      "markedRoot" = null, "markedSig" = null
    from ${wanted(rows)} where ${isWanted}`.execute(tx);
}

/** How many stills each of them had, by name; none is missing. */
export async function deleteStills(
  tx: Writing,
  keys: readonly ClipKey[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<ClipKey>`
    delete from stills where (thing, clip) in (
      select wanted.value ->> 0, wanted.value ->> 1 from ${names(keys)})
    returning thing, clip`.execute(tx);
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(clipName(row), (counts.get(clipName(row)) ?? 0) + 1);
  return counts;
}
