import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalLeafBytes, leafBytes } from '../../../cloud-stub/custody/ledger-leaf.ts';
import { canonicalJson } from '../../../device/wire/codec.ts';

test('an entry about to be written has the bytes that its reader will compute [LOG-1]', () => {
  const name = fc.option(fc.string({ unit: 'grapheme' }));
  const entry = fc.record({
    seq: fc.nat(),
    at: fc.nat(),
    kind: fc.string(),
    actor: fc.string({ unit: 'grapheme' }),
    thing: name,
    clip: name,
    facts: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
    prev: fc.string(),
  });
  fc.assert(
    fc.property(entry, (row) => {
      const written = canonicalLeafBytes({ ...row, facts: canonicalJson(row.facts) });
      expect(written.toString()).toBe(leafBytes(row).toString());
    }),
    { numRuns: 200 },
  );
});
