import { expect, test } from 'vitest';
import { openVirtualClock } from '../../cloud-stub/backends/virtual-clock.ts';
import { countedPorts } from '../../cloud-stub/backends/work-in-flight.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../cloud-stub/log.ts';
import { Sweeper } from '../../cloud-stub/services/retention/sweeper.ts';
import { days, hours, later } from '../../device/wire/time.ts';
import { newYear } from '../support/cloud/catalogue-rows.ts';
import { filesUnder, openStorage, storeSample } from '../support/cloud/cloud-storage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('sixty days on real disks: each clip goes at its own time, within a sweep period [RET-1, RET-2]', async () => {
  const folder = temporaryFolder();
  const clock = openVirtualClock(newYear);
  const storage = countedPorts(await openStorage(folder, clock), clock.work);
  for (let n = 0; n < 12; n++) {
    const recordedAt = later(newYear, hours(-n * 100));
    await storeSample(storage, n, recordedAt, { storedAt: newYear });
  }
  const sweeper = new Sweeper(storage, ring2019, openLog('silent'));
  await sweeper.start();
  const { timersFired } = await clock.advance(days(60));
  await sweeper.stop();

  expect(timersFired).toBe(days(60) / ring2019.sweepPeriodMs);
  const rows = await storage.catalogue.read
    .selectFrom('clips')
    .select(['clip', 'possession', 'deleteAt', 'purgedAt'])
    .orderBy('deleteAt')
    .execute();
  expect(rows).toHaveLength(12);
  for (const { possession, deleteAt, purgedAt } of rows) {
    expect(possession).toBe('shredded');
    const lateMs = (purgedAt ?? 0) - (deleteAt ?? 0);
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThanOrEqual(ring2019.sweepPeriodMs);
  }
  const journals = [...filesUnder(folder).keys()].filter((path) => path.endsWith('.journal'));
  expect(journals).toEqual([]);
});
