/** Lists in pages, and the cursors that lead from one page to the next. */
import { z } from 'zod';

export type PageOf<Item> = { readonly items: readonly Item[]; readonly next: string | null };

/** A place in a list sorted by (time, thing, the thing's own key). */
export type Place = readonly [at: number, thing: string, last: string | number];
const placeSchema = z.tuple([z.number(), z.string(), z.union([z.string(), z.number()])]);

export const makeCursor = (place: Place): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

/** The place a cursor names, or null when it is none of ours: the list then starts at its beginning. */
export function readCursor(cursor: string | undefined): Place | null {
  if (cursor === undefined || cursor.length > 300) return null;
  try {
    const text = Buffer.from(cursor, 'base64url').toString();
    const parsed = placeSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
