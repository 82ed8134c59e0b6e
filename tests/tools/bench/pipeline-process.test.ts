import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { withFfmpeg as test, testPicture } from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../../../tools/bench/pipeline-process.ts', import.meta.url));
const shares = (footage: string) =>
  spawnSync(process.execPath, [program, footage, '3'], { encoding: 'utf8' });

test('the pipeline is compared with ffmpeg alone, round by round', async () => {
  const { status, stdout } = shares(await testPicture(temporaryFolder(), { seconds: 1 }));
  expect(status).toBe(0);
  const { byWall, byWallOfRounds, byCpu } = JSON.parse(stdout);
  expect(byWall).toBeGreaterThan(0);
  const { min, median, max } = byWallOfRounds;
  expect([min, median, max]).toEqual([min, median, max].toSorted((a, b) => a - b));
  expect(min).toBeGreaterThan(0);
  if (process.platform === 'linux') expect(byCpu).toBeGreaterThan(0);
});

test('footage that cannot be read gives no figure', () => {
  const { status, stdout } = shares('/nowhere.mp4');
  expect([status, stdout]).toEqual([1, '']);
});
