import { expect, test } from 'vitest';
import { openMemoryKeyVault } from '../../../../cloud-stub/backends/memory-key-vault.ts';
import { privacyFirst } from '../../../../cloud-stub/custody/profiles/privacy-first.ts';
import { backupClass } from '../../../../cloud-stub/services/retention/backup-window.ts';
import { makeUlid } from '../../../../device/wire/ids.ts';
import { days, later, milliseconds } from '../../../../device/wire/time.ts';
import { seededEntropy, thingNamed } from '../../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../../support/cloud/cloud-world.ts';

test('the key of a backup goes when its window ends, and not before [RET-10]', async () => {
  const world = await openCloudWorld({ policy: privacyFirst });
  const { clock } = world;
  const draw = seededEntropy('backups');
  const keys = openMemoryKeyVault(draw);
  const backups = backupClass(world.ports, privacyFirst, async () => keys);
  expect(await backupClass(world.ports, privacyFirst, async () => null).nextDueAt()).toBeNull();
  expect(await backups.nextDueAt()).toBeNull();
  const takenAt = clock.now();
  const key = {
    thing: thingNamed('backup'),
    clip: makeUlid(takenAt, (count) => draw.bytes(count)),
  };
  await keys.obtain(key);
  expect(await backups.nextDueAt()).toBe(later(takenAt, days(7)));
  clock.advance(milliseconds(days(7) - 1));
  expect(await backups.sweep()).toBe(0);
  expect(await keys.find(key)).not.toBeNull();
  clock.advance(milliseconds(1));
  expect(await backups.sweep()).toBe(1);
  expect(await keys.find(key)).toBeNull();
  expect(await world.entries('backup-retired')).toHaveLength(1);
});
