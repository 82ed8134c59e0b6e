import { expect, test } from 'vitest';
import { FlashError } from '../../../device/board.ts';
import { newSpool, type SpoolFact } from '../../../device/core/spool-state.ts';
import { silentLog } from '../../../device/log.ts';
import { beginJournal, readJournal } from '../../../device/services/journal.ts';
import { createForgetfulFlash } from '../../../tools/simulation/forgetful-flash.ts';

const room = { make: async () => false, wait: async () => {} };
const stopped: readonly SpoolFact[] = [{ kind: 'stopped', restart: true }];

test('after a sync that failed nothing more becomes durable: it would stand behind a hole [DEV-3]', async () => {
  const inner = createForgetfulFlash();
  let fails = 0;
  const flash = {
    ...inner,
    async sync(path: string): Promise<void> {
      if (fails-- <= 0) return inner.sync(path);
      inner.loseUnsynced(path);
      throw new FlashError(path, 'input/output error');
    },
  };
  const journal = await beginJournal(flash, newSpool, 0, room);
  const before = await inner.read('spool/journal-1');
  fails = 1;
  await expect(journal.commit(stopped)).rejects.toThrow('input/output error');
  // The flash works again, and would say that this is durable.
  await expect(journal.commit(stopped)).rejects.toThrow('input/output error');
  expect(journal.durableState()).toEqual(newSpool);
  const after = inner.cutPower(() => 0.34);
  expect(await after.read('spool/journal-1')).toEqual(before);
  expect((await readJournal(after, silentLog)).state).toEqual(newSpool);
});
