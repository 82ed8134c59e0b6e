/**
 * What the cloud has committed, read in the moment itself: by the time that a promise comes back, another transaction
 * may have made true what was not.
 */
import assert from 'node:assert/strict';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { sql } from 'kysely';
import type { ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { Catalogue, ClipKey } from '../../cloud-stub/ports.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';

export type Committed = {
  clip(key: ClipKey): ClipRow | null;
  clipsOf(thing: ThingName): readonly ClipRow[];
  hasStill(key: ClipKey, still: Ulid): boolean;
  hasEvent(thing: ThingName, seq: number): boolean;
  /** It is on record that the event was waited for in vain. */
  passedOver(thing: ThingName, seq: number): boolean;
  /** What was to end by `at`, by the clock of the cloud, is not gone, and was never held nor leased. */
  overdue(at: EpochMs): readonly ClipRow[];
  /** A hold that is in force is attached to it. */
  isHeld(key: ClipKey): boolean;
  close(): void;
};

export async function openCommitted({ read }: Catalogue): Promise<Committed> {
  const { rows } = await sql<{ readonly file: string }>`pragma database_list`.execute(read);
  const [main] = rows;
  assert(main !== undefined, 'the catalogue is a file');
  const database = new DatabaseSync(main.file, { readOnly: true });
  const clip = database.prepare('select * from clips where thing = ? and clip = ?');
  const clips = database.prepare('select * from clips where thing = ?');
  const still = database.prepare('select 1 from stills where thing = ? and clip = ? and still = ?');
  const event = database.prepare('select 1 from events where thing = ? and seq = ?');
  const gap = database.prepare(
    `select 1 from ledger where thing = ? and kind = 'chain-gap'
     and ? between facts ->> '$.events.from' and facts ->> '$.events.to'`,
  );
  const overdue = database.prepare(
    `select * from clips where possession <> 'shredded' and "deleteAt" <= ? and not exists (
       select 1 from "holdAttachments" a where a.thing = clips.thing and a.clip = clips.clip
       union select 1 from "leaseItems" a where a.thing = clips.thing and a.clip = clips.clip)`,
  );
  const held = database.prepare(
    `select 1 from "holdAttachments" join holds using (hold)
     where thing = ? and clip = ? and "endedAt" is null`,
  );
  const isThere = (statement: StatementSync, ...names: (string | number)[]): boolean =>
    statement.get(...names) !== undefined;
  return {
    clip: (key) => (clip.get(key.thing, key.clip) ?? null) as ClipRow | null,
    clipsOf: (thing) => clips.all(thing) as ClipRow[],
    hasStill: (key, id) => isThere(still, key.thing, key.clip, id),
    hasEvent: (thing, seq) => isThere(event, thing, seq),
    passedOver: (thing, seq) => isThere(gap, thing, seq),
    overdue: (at) => overdue.all(at) as ClipRow[],
    isHeld: (key) => isThere(held, key.thing, key.clip),
    close: () => database.close(),
  };
}
