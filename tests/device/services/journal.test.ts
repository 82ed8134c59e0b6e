import { expect, test } from 'vitest';
import { FlashError } from '../../../device/board.ts';
import { newSpool, type SpoolFact } from '../../../device/core/spool-state.ts';
import { silentLog } from '../../../device/log.ts';
import { beginJournal, readJournal } from '../../../device/services/journal.ts';
import { createForgetfulFlash } from '../../../tools/simulation/forgetful-flash.ts';

const room = { make: async () => false, wait: async () => {} };
const stopped: readonly SpoolFact[] = [{ kind: 'stopped', restart: true }];

/** Its next syncs fail, and never speak of it again. */
function failingFlash() {
  const inner = createForgetfulFlash();
  const flash = {
    ...inner,
    fails: 0,
    async sync(path: string): Promise<void> {
      if (flash.fails-- <= 0) return inner.sync(path);
      inner.loseUnsynced(path);
      throw new FlashError(path, 'input/output error');
    },
  };
  return { flash, inner };
}

test('what a sync failed to make durable is written anew elsewhere, and is durable [DEV-3]', async () => {
  const { flash, inner } = failingFlash();
  const journal = await beginJournal(flash, newSpool, 0, room);
  flash.fails = 1;
  await journal.commit(stopped);
  await journal.commit([{ kind: 'events-acknowledged', upTo: 3 }]);
  const { state } = await readJournal(
    inner.cutPower(() => 0.34),
    silentLog,
  );
  expect(state).toEqual(journal.durableState());
  expect(state.stopped).toEqual({ restart: true });
});

test('after two syncs that failed nothing more becomes durable: it would stand behind a hole [DEV-3]', async () => {
  const { flash, inner } = failingFlash();
  const journal = await beginJournal(flash, newSpool, 0, room);
  const before = await inner.read('spool/journal-1');
  flash.fails = 2;
  await expect(journal.commit(stopped)).rejects.toThrow('input/output error');
  // The flash works again, and would say that this is durable.
  await expect(journal.commit(stopped)).rejects.toThrow('input/output error');
  expect(journal.durableState()).toEqual(newSpool);
  const after = inner.cutPower(() => 0.34);
  expect(await after.read('spool/journal-1')).toEqual(before);
  expect((await readJournal(after, silentLog)).state).toEqual(newSpool);
});
