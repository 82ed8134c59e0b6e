/** A bit of a doorbell's journal that flips while its power is off, and what the doorbell then says it has lost. */

import type { Kysely } from 'kysely';
import type { CatalogueTables } from '../../cloud-stub/catalogue-tables.ts';
import { decodeFrames, encodeFrame } from '../../device/core/journal-frames.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { eventSchema } from '../../device/wire/messages.ts';
import type { Chance } from './chance.ts';

/** Null: there is nothing in it that may be lost and told. */
export function withRot(journal: Uint8Array, chance: Chance): Uint8Array | null {
  let at = 0;
  const frames = decodeFrames(journal).parts.map((part) => {
    const bytes = 'value' in part ? encodeFrame(part.value as object).length : part.damagedBytes;
    at += bytes;
    const isHead = 'value' in part && !Array.isArray(part.value);
    return { from: at - bytes, bytes, isHead };
  });
  // The last frame is taken for torn; and of the two heads one is left, or the doorbell never boots again.
  const lastHead = frames.findLast(({ isHead }) => isHead);
  const mayRot = frames.slice(0, -1).filter((frame) => frame !== lastHead);
  if (mayRot.length === 0) return null;
  const { from, bytes } = chance.pick(mayRot);
  const rotten = Uint8Array.from(journal);
  const where = from + chance.between(0, bytes - 1);
  rotten[where] = (rotten[where] ?? 0) ^ (1 << chance.between(0, 7));
  return rotten;
}

export type ToldLoss = {
  readonly events: ReadonlySet<unknown>;
  readonly clips: ReadonlySet<unknown>;
  readonly stills: ReadonlySet<unknown>;
};

/** By doorbell. */
export async function toldLosses(
  db: Kysely<CatalogueTables>,
): Promise<(thing: ThingName) => ToldLoss> {
  const rows = await db
    .selectFrom('events')
    .select(['thing', 'message'])
    .where('kind', '=', 'flash-damaged')
    .execute();
  return (thing) => {
    const told = rows.filter((row) => row.thing === thing);
    const listed = (name: string) =>
      new Set(
        told.flatMap(({ message }) => eventSchema.parse(JSON.parse(message)).data[name] ?? []),
      );
    return { events: listed('events'), clips: listed('clips'), stills: listed('stills') };
  };
}
