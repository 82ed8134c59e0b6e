import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { buildSimdModule } from '../../tools/build-simd.ts';

test('the committed SIMD module is what its source builds, to the byte', async () => {
  const committed = path.join(import.meta.dirname, '../../device/vision/simd-module.ts');
  expect(await buildSimdModule()).toBe(await readFile(committed, 'utf8'));
});
