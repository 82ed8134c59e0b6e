import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sessionFile } from '../../../cloud-stub/backends/session-file.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const session = { idHash: 'aGFzaA==', sealedToken: 'c2VhbGVk', expiresAt: epochMs(1_800_000) };

test('what was saved is loaded again, from a file that only its owner may read', async () => {
  const path = join(temporaryFolder(), 'page-sessions.json');
  expect(await sessionFile(path).load()).toEqual([]);
  await sessionFile(path).save([session]);
  expect(await sessionFile(path).load()).toEqual([session]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await sessionFile(path).save([]);
  expect(readFileSync(path, 'utf8')).toBe('[]');
});

test.each(['', 'not JSON', '{}', '[{"idHash":1}]'])('from %j nobody is signed in', async (text) => {
  const path = join(temporaryFolder(), 'page-sessions.json');
  writeFileSync(path, text);
  expect(await sessionFile(path).load()).toEqual([]);
});
