import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Sum, suppressed } from '../../../cloud-stub/legal/transparency-suppression.ts';

const k = 4;

/** Rows and columns with totals of both and of all, as the report's first table. */
const anyTable = fc
  .tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 2, max: 3 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), {
        minLength: rows * columns,
        maxLength: rows * columns,
      })
      .map((cells) => {
        const counts = new Map<string, number>();
        const at = (r: number, c: number): number => cells[r * columns + c] ?? 0;
        const each = (n: number) => Array.from({ length: n }, (_, index) => index);
        const add = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);
        for (const r of each(rows)) {
          for (const c of each(columns)) counts.set(`${r},${c}`, at(r, c));
          counts.set(`${r},all`, add(each(columns).map((c) => at(r, c))));
        }
        for (const c of each(columns)) counts.set(`all,${c}`, add(each(rows).map((r) => at(r, c))));
        counts.set('all,all', add(cells));
        const sums: Sum[] = [
          ...each(rows).map((r) => ({
            total: `${r},all`,
            parts: each(columns).map((c) => `${r},${c}`),
          })),
          ...each(columns).map((c) => ({
            total: `all,${c}`,
            parts: each(rows).map((r) => `${r},${c}`),
          })),
          { total: 'all,all', parts: each(rows).map((r) => `${r},all`) },
          { total: 'all,all', parts: each(columns).map((c) => `all,${c}`) },
        ];
        return { counts, sums };
      }),
  );

/**
 * Whether the hidden counts can be other than they are, all of them whole numbers from 0: the
 * attacker's own search, which knows nothing of how they were chosen.
 */
function canDiffer(
  name: string,
  counts: ReadonlyMap<string, number>,
  sums: readonly Sum[],
  hidden: ReadonlySet<string>,
): boolean {
  const unknowns = [...hidden];
  const max = Math.max(...counts.values()) + 3;
  const assigned = new Map([...counts].filter(([each]) => !hidden.has(each)));
  const fits = (): boolean =>
    sums.every(({ total, parts }) => {
      const known = parts.reduce((sum, part) => sum + (assigned.get(part) ?? 0), 0);
      const whole = assigned.get(total);
      if (whole === undefined) return true;
      return parts.every((part) => assigned.has(part)) ? known === whole : known <= whole;
    });
  const search = (index: number): boolean => {
    const unknown = unknowns[index];
    if (unknown === undefined) return assigned.get(name) !== counts.get(name);
    for (let value = 0; value <= max; value++) {
      assigned.set(unknown, value);
      if (fits() && search(index + 1)) return true;
    }
    assigned.delete(unknown);
    return false;
  };
  // The one in question first, at another value than its own.
  unknowns.sort((a, b) => Number(b === name) - Number(a === name));
  return search(0);
}

test('no small count is published, and none can be computed from what is [LOG-3]', () => {
  fc.assert(
    fc.property(anyTable, ({ counts, sums }) => {
      const hidden = suppressed(counts, sums, k);
      for (const [name, count] of counts) {
        if (count > 0 && count < k) {
          expect(hidden.has(name)).toBe(true);
          expect(canDiffer(name, counts, sums, hidden)).toBe(true);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('where every count is large or zero, all is published', () => {
  const counts = new Map([
    ['a', 0],
    ['b', 12],
    ['all', 12],
  ]);
  expect([...suppressed(counts, [{ total: 'all', parts: ['a', 'b'] }], 10)]).toEqual([]);
});

test.each<[string, Record<string, number>, readonly string[]]>([
  ['one small part takes the next smallest with it', { a: 3, b: 12, c: 40, all: 55 }, ['a', 'b']],
  [
    'two small parts that add up to little take a third',
    { a: 3, b: 2, c: 40, all: 45 },
    ['a', 'b', 'c'],
  ],
  ['a lone small part and its total hide each other', { a: 3, b: 0, c: 0, all: 3 }, ['a', 'all']],
])('%s', (_title, cells, expected) => {
  const sum: Sum = { total: 'all', parts: ['a', 'b', 'c'] };
  const hidden = suppressed(new Map(Object.entries(cells)), [sum], 10);
  expect([...hidden].sort()).toEqual(expected);
});

test('two sums that share a part hide it through each other', () => {
  const counts = new Map(Object.entries({ a: 3, b: 30, c: 30, ab: 33, bc: 60, ac: 33 }));
  const sums = [
    { total: 'ab', parts: ['a', 'b'] },
    { total: 'bc', parts: ['b', 'c'] },
    { total: 'ac', parts: ['a', 'c'] },
  ];
  // Hiding a and b alone would leave b to be computed from c and bc.
  expect(suppressed(counts, sums, 10).size).toBeGreaterThan(2);
});
