import { expect, test } from 'vitest';
import { ring2019 } from '../../../../cloud-stub/custody/profiles/ring-2019.ts';
import { openLog } from '../../../../cloud-stub/log.ts';
import type { Clock } from '../../../../cloud-stub/ports.ts';
import { makeHolds } from '../../../../cloud-stub/services/holds/holds.ts';
import { Sweeper } from '../../../../cloud-stub/services/retention/sweeper.ts';
import { type DurationMs, days, hours, later, milliseconds } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { openStorage, type Storage, storeSample } from '../../../support/cloud/cloud-storage.ts';
import { warrant } from '../../../support/cloud/hold-office.ts';
import { type StandingClock, standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const silent = openLog('silent');

/** Its wall clock can be set wrong, its monotonic one cannot. */
function jumpyClock(): {
  readonly clock: Clock;
  readonly inner: StandingClock;
  jump(by: DurationMs): void;
} {
  const inner = standingClock(newYear);
  let offMs = milliseconds(0);
  return {
    inner,
    clock: { ...inner, now: () => later(inner.now(), offMs) },
    jump(by) {
      offMs = by;
    },
  };
}

const possessions = async ({ catalogue }: Storage) =>
  (await catalogue.read.selectFrom('clips').select('possession').orderBy('clip').execute()).map(
    ({ possession }) => possession,
  );

test('once someone has confirmed a clock that jumped, purging goes on by it [RET-8]', async () => {
  const { clock, jump } = jumpyClock();
  const storage = await openStorage(temporaryFolder(), clock);
  await storeSample(storage, 1, newYear);
  const sweeper = new Sweeper(storage, ring2019, silent);
  await sweeper.start();
  jump(days(61));
  expect((await sweeper.sweep()).refused).toContain('off the monotonic clock');
  await sweeper.confirmClock('operator');
  expect(await sweeper.sweep()).toMatchObject({ refused: null, purged: 1 });
  expect(await sweeper.sweep()).toMatchObject({ refused: null });
  await sweeper.stop();
});

test('a clock that jumps in the middle of a sweep ends it before anything is purged by it [RET-8]', async () => {
  const { clock, inner, jump } = jumpyClock();
  const storage = await openStorage(temporaryFolder(), clock);
  await storeSample(storage, 1, newYear);
  const holds = makeHolds(storage, ring2019);
  await holds.place(warrant(1, { kind: 'intake' }));
  const { catalogue } = storage;
  let armed = false;
  const sweeper = new Sweeper(
    {
      ...storage,
      catalogue: {
        ...catalogue,
        async write(work) {
          const result = await catalogue.write(work);
          // The sweep has put on record that the hold lapsed; the purges come next.
          if (armed) jump(days(90));
          return result;
        },
      },
    },
    ring2019,
    silent,
  );
  await sweeper.start();
  inner.advance(days(15));
  armed = true;
  await sweeper.sweep();
  expect(await possessions(storage)).toEqual(['stored']);
  await sweeper.stop();
});

test('a hold that lapses while nothing else happens is on record within a sweep period [HLD-5, LOG-1]', async () => {
  const { clock, inner } = jumpyClock();
  const storage = await openStorage(temporaryFolder(), clock);
  await storeSample(storage, 1, newYear);
  await makeHolds(storage, ring2019).place(warrant(1, { kind: 'intake' }));
  const sweeper = new Sweeper(storage, ring2019, silent);
  await sweeper.start();
  inner.advance(hours(1));
  await sweeper.sweep();
  inner.advance(days(14));
  await sweeper.sweep();
  await sweeper.sweep();
  const row = await storage.catalogue.read
    .selectFrom('holds')
    .selectAll()
    .executeTakeFirstOrThrow();
  expect(row).toMatchObject({ endedBecause: 'lapsed', endedAt: later(newYear, days(14)) });
  await sweeper.stop();
});

test('a start scrubs what an earlier run may have been cut off from scrubbing [RET-7]', async () => {
  const { clock } = jumpyClock();
  const storage = await openStorage(temporaryFolder(), clock);
  const { catalogue } = storage;
  let scrubs = 0;
  const scrub = () => {
    scrubs++;
    return catalogue.scrub();
  };
  const sweeper = new Sweeper({ ...storage, catalogue: { ...catalogue, scrub } }, ring2019, silent);
  await sweeper.start();
  expect(scrubs).toBe(1);
  await sweeper.sweep();
  expect(scrubs).toBe(1);
  await sweeper.stop();
});
