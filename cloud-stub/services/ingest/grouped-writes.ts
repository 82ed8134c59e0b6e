/**
 * Writes of one kind, of which many are asked for at once: those that wait are done in one piece of work of the
 * catalogue, one after the other. So they need no savepoint each, for which SQLite copies every page they touch.
 */
import type { Catalogue, Writing } from '../../ports.ts';

/** Bounds what is done again when one of them fails. */
const itemsPerWriteMax = 128;

type Asked<Item, Result> = {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * `act` runs in the transaction and changes nothing but the database: where one of a group fails, all of them are
 * undone and each is done again alone, so that it fails by itself.
 */
export function groupedWrites<Item, Result>(
  catalogue: Pick<Catalogue, 'write'>,
  act: (tx: Writing, item: Item) => Promise<Result>,
): (item: Item) => Promise<Result> {
  const waiting: Asked<Item, Result>[] = [];
  let isAsked = false;

  /** What comes while it waits for its turn, and while it is at work, comes with it. */
  async function write(): Promise<void> {
    const taken: Asked<Item, Result>[] = [];
    try {
      const results = await catalogue.write(async (tx) => {
        const done: Result[] = [];
        while (taken.length < itemsPerWriteMax) {
          const next = waiting.shift();
          if (next === undefined) break;
          taken.push(next);
          done.push(await act(tx, next.item));
        }
        return done;
      });
      for (const [i, result] of results.entries()) taken[i]?.resolve(result);
    } catch (error) {
      const [only] = taken;
      if (only === undefined) for (const { reject } of waiting.splice(0)) reject(error);
      else if (taken.length === 1) only.reject(error);
      else {
        for (const { item, resolve, reject } of taken) {
          catalogue.write((tx) => act(tx, item)).then(resolve, reject);
        }
      }
    } finally {
      isAsked = false;
      ask();
    }
  }

  function ask(): void {
    if (isAsked || waiting.length === 0) return;
    isAsked = true;
    void write();
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      ask();
    });
}
