/**
 * Hides small counts of a published table, and as many others as it takes that none of them follows
 * from sums. Two cells of a sum may give each other away through a third sum, so what can be
 * computed is decided by elimination over all sums at once. [LOG-3]
 */

/** By name; counts. */
export type Counts = ReadonlyMap<string, number>;

/** `total` is the sum of `parts`; both name counts that are published. */
export type Sum = { readonly total: string; readonly parts: readonly string[] };

/**
 * The names that must not be published: those with fewer than `smallest`, zero apart, those in
 * `known`, and what would give them away. What is hidden within one sum adds up to `smallest` at the
 * least.
 */
export function suppressed(
  counts: Counts,
  sums: readonly Sum[],
  smallest: number,
  known: Iterable<string> = [],
): ReadonlySet<string> {
  const countOf = (name: string): number => counts.get(name) ?? 0;
  const hidden = new Set<string>(known);
  for (const [name, count] of counts) if (count > 0 && count < smallest) hidden.add(name);
  for (;;) {
    const given = givenAway(hidden, sums, countOf, smallest);
    if (given.size === 0) return hidden;
    const candidates = sums
      .filter((sum) => membersOf(sum).some((name) => given.has(name)))
      .flatMap((sum) => companions(sum, hidden, countOf));
    // Of those that leave least to be computed, the one the reader loses least by.
    const [best] = [...new Map(candidates.map((each) => [each.name, each])).values()]
      .map(({ name, loss }) => ({
        ...{ name, loss },
        left: givenAway(new Set([...hidden, name]), sums, countOf, smallest).size,
      }))
      .sort((a, b) => a.left - b.left || a.loss - b.loss || (a.name < b.name ? -1 : 1));
    if (best === undefined) return hidden;
    hidden.add(best.name);
  }
}

const membersOf = ({ total, parts }: Sum): readonly string[] => [total, ...parts];

/**
 * What could be hidden beside a sum's hidden members, by what the reader would lose: small parts
 * least, a total more than any of them, and a zero most, since hiding one begins to hide all.
 */
const companions = (
  sum: Sum,
  hidden: ReadonlySet<string>,
  countOf: (name: string) => number,
): readonly { readonly name: string; readonly loss: number }[] =>
  membersOf(sum).flatMap((name) => {
    if (hidden.has(name)) return [];
    const count = countOf(name);
    if (count === 0) return [{ name, loss: Number.MAX_VALUE }];
    return [{ name, loss: name === sum.total ? 1e12 + count : count }];
  });

/** Hidden counts that can be computed, or that one sum shows to be smaller than they may be. */
function givenAway(
  hidden: ReadonlySet<string>,
  sums: readonly Sum[],
  countOf: (name: string) => number,
  smallest: number,
): ReadonlySet<string> {
  const given = new Set(determined([...hidden], sums));
  for (const sum of sums) {
    if (hidden.has(sum.total)) continue;
    const inside = sum.parts.filter((name) => hidden.has(name));
    const together = inside.reduce((all, name) => all + countOf(name), 0);
    if (together < smallest) for (const name of inside) given.add(name);
  }
  return given;
}

/** The unknowns that the sums fix, found by Gauss and Jordan; coefficients are small whole numbers. */
export function determined(unknowns: readonly string[], sums: readonly Sum[]): ReadonlySet<string> {
  const column = new Map(unknowns.map((name, index) => [name, index]));
  const rows = sums.map((sum) => {
    const row = new Array<number>(unknowns.length).fill(0);
    for (const name of membersOf(sum)) {
      const at = column.get(name);
      if (at !== undefined) row[at] = (row[at] ?? 0) + (name === sum.total ? -1 : 1);
    }
    return row;
  });
  reduce(rows, unknowns.length);
  const fixed = new Set<string>();
  for (const row of rows) {
    const places = row.flatMap((value, index) => (isZero(value) ? [] : [index]));
    const name = places.length === 1 ? unknowns[places[0] ?? 0] : undefined;
    if (name !== undefined) fixed.add(name);
  }
  return fixed;
}

function reduce(rows: number[][], columns: number): void {
  let done = 0;
  for (let at = 0; at < columns && done < rows.length; at++) {
    const pivot = rows.findIndex((row, index) => index >= done && !isZero(row[at] ?? 0));
    const row = rows[pivot];
    if (row === undefined) continue;
    [rows[done], rows[pivot]] = [row, rows[done] ?? row];
    const lead = row[at] ?? 1;
    for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) / lead;
    for (const other of rows) {
      const factor = other[at] ?? 0;
      if (other === row || isZero(factor)) continue;
      for (let i = 0; i < row.length; i++) other[i] = (other[i] ?? 0) - factor * (row[i] ?? 0);
    }
    done++;
  }
}

const isZero = (value: number): boolean => Math.abs(value) < 1e-9;
