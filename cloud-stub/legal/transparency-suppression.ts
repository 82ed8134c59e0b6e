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
  const hidden = new Set<string>(known);
  for (const [name, count] of counts) if (count > 0 && count < smallest) hidden.add(name);
  const countOf = (name: string): number => counts.get(name) ?? 0;
  for (;;) {
    const exposed = exposedSums(hidden, sums, countOf, smallest);
    const next = exposed
      .flatMap((sum) => companions(sum, hidden))
      .sort((a, b) => rank(countOf(a)) - rank(countOf(b)) || (a < b ? -1 : 1))
      .at(0);
    if (next === undefined) return hidden;
    hidden.add(next);
  }
}

/** Small counts first, since they tell least; a zero only where there is nothing else. */
const rank = (count: number): number => (count === 0 ? Number.POSITIVE_INFINITY : count);

const membersOf = ({ total, parts }: Sum): readonly string[] => [total, ...parts];

const companions = (sum: Sum, hidden: ReadonlySet<string>): readonly string[] => {
  const shown = membersOf(sum).filter((name) => !hidden.has(name));
  // Hiding a total hides nothing else: parts first.
  const parts = shown.filter((name) => name !== sum.total);
  return parts.length > 0 ? parts : shown;
};

/** Sums through which a hidden count can be computed, or is known to be smaller than it may be. */
function exposedSums(
  hidden: ReadonlySet<string>,
  sums: readonly Sum[],
  countOf: (name: string) => number,
  smallest: number,
): readonly Sum[] {
  const computed = determined([...hidden], sums);
  return sums.filter((sum) => {
    const inside = membersOf(sum).filter((name) => hidden.has(name));
    if (inside.length === 0) return false;
    if (inside.some((name) => computed.has(name))) return true;
    const isTotalShown = !hidden.has(sum.total);
    const parts = inside.reduce((all, name) => all + countOf(name), 0);
    return isTotalShown && parts < smallest;
  });
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
