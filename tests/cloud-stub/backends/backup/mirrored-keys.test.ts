import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { destroyedIn, mirrorKeys } from '../../../../cloud-stub/backends/backup/mirrored-keys.ts';
import { seededEntropy, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const name = (n: number): string => `${ulidNumbered(n)}.key`;

function folder(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  mkdirSync(join(root, 'porch'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, 'porch', file), text);
  return root;
}

test('the safe has the keys there are, none that went, and every list of destroyed ones [RET-7]', async () => {
  const data = folder({
    [name(1)]: 'new',
    [name(2)]: 'known',
    destroyed: `\n${ulidNumbered(3)}\n`,
  });
  const safe = folder({
    [name(2)]: 'known',
    // Copied just before it was destroyed; destroyed and not on any list; on the list of the safe alone.
    [name(3)]: 'copied too late',
    [name(4)]: 'gone',
    destroyed: `\n${ulidNumbered(5)}\n`,
  });
  const mirrored = await mirrorKeys(data, safe, seededEntropy('mirror'));
  expect(mirrored).toEqual({ copied: 1, erased: 2 });
  expect(readdirSync(join(safe, 'porch')).sort()).toEqual([name(1), name(2), 'destroyed']);
  const destroyed = await destroyedIn(join(safe, 'porch'));
  expect([...destroyed].sort()).toEqual([ulidNumbered(3), ulidNumbered(5)]);
  expect(await mirrorKeys(data, safe, seededEntropy('again'))).toEqual({ copied: 0, erased: 0 });
});
