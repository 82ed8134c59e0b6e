import path from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles, tidy, untestedRules } from '../../tools/tidy.ts';

const root = path.join(import.meta.dirname, '../..');

test('the project keeps its own rules of imports, purity, length and paths', () => {
  expect(tidy(projectFiles(root))).toEqual([]);
});

test('every rule of a README stands in code and in a test', () => {
  expect(untestedRules(projectFiles(root))).toEqual([]);
});

test.each([
  ['device/core/a.ts', `import { x } from '../services/b.ts';`, 'may not import'],
  ['device/wire/a.ts', `import { x } from '../core/b.ts';`, 'may not import'],
  ['cloud-stub/services/a.ts', `import { x } from '../backends/b.ts';`, 'may not import'],
  ['cloud-stub/services/holds/a.ts', `import { x } from '../ingest/b.ts';`, 'may not import'],
  ['cloud-stub/services/b.ts', `import { x } from './holds/b.ts';`, 'may not import'],
  ['cloud-stub/custody/a.ts', `import { x } from '../legal/b.ts';`, 'may not import'],
  ['device/services/a.ts', `const at = Date.now();`, 'clock'],
  ['device/core/a.ts', `const x = Math.random();`, 'randomness'],
  ['cloud-stub/services/a.ts', `setTimeout(f, 1);`, 'timer'],
  ['cloud-stub/custody/a.ts', `import fs from 'node:fs';`, 'I/O'],
  ['device/wire/a.ts', `await crypto.subtle.digest();`, 'macrotasks'],
  ['tools/a.ts', `const p = '/root/x';`, 'one machine'],
  ['tools/a.ts', `// ${'x'.repeat(130)}`, 'columns'],
])('in %s, %j is a breach: %s', (file, text, because) => {
  const breaches = tidy([{ path: file, text }]);
  expect(breaches).toHaveLength(1);
  expect(breaches[0]?.because).toContain(because);
});

test('a file too long for one sitting is a breach', () => {
  const breaches = tidy([{ path: 'tools/a.ts', text: 'a;\n'.repeat(300) }]);
  expect(breaches.map(({ because }) => because)).toEqual(['300 lines, 250 is enough']);
});

test.each([
  ['device/core/a.ts', `import type { Region } from '../vision/region.ts';`],
  ['cloud-stub/services/ingest/a.ts', `import { x } from '../holds/b.ts';`],
  ['device/peripherals/a.ts', `const at = Date.now();`],
  ['device/core/a.ts', `// Date.now() would break replay`],
  ['device/core/a.ts', `import assert from 'node:assert/strict';`],
])('in %s, "%s" is none', (file, text) => {
  expect(tidy([{ path: file, text }])).toEqual([]);
});

test('a rule without code or test is named', () => {
  const readme = { path: 'device/README.md', text: '| DEV-9 | something |' };
  const code = { path: 'device/core/a.ts', text: '// [DEV-9]' };
  const proof = { path: 'tests/a.test.ts', text: `test('DEV-9 holds')` };
  expect(untestedRules([readme, code, proof])).toEqual([]);
  expect(untestedRules([readme, code])).toHaveLength(1);
  expect(untestedRules([readme])).toHaveLength(2);
});
