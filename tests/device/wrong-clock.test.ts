import { expect, test } from 'vitest';
import { bootFirmware } from '../../device/firmware.ts';
import { silentLog } from '../../device/log.ts';
import { later, milliseconds, uptimeMs } from '../../device/wire/time.ts';
import {
  createRecord,
  expectAccountable,
  playEvening,
} from '../support/device/doorbell-session.ts';
import { createSimulatedBoard, testConfig } from '../support/device/simulated-board.ts';

const year = 365 * 86_400_000;

test.each([
  ['lies before 1970', -80 * year],
  ['lies in the year 12000', 10_000 * year],
  ['has fractions of a millisecond', 0.4],
])(
  'a doorbell whose clock %s rings, records and evicts as any other [DEV-3, RET-5]',
  async (_, offMs) => {
    const config = testConfig({
      clip: { preRollMs: 2_000, postRollMs: 2_000 },
      spool: { capacityBytes: 1024 * 1024 },
    });
    const board = createSimulatedBoard({ fragmentBytes: 70_000 });
    const { clock } = board;
    const wrong = {
      ...board,
      clock: {
        ...clock,
        now: () => later(clock.now(), milliseconds(offMs)),
        uptime: () => uptimeMs(clock.uptime() + 0.25),
        syncedAt: () => uptimeMs(0.25),
      },
    };
    const recorded = createRecord();
    const firmware = await bootFirmware(wrong, config, silentLog);
    firmware.subscribe(recorded.note);
    await playEvening(board);
    expectAccountable(board.cloud, recorded);
    expect(recorded.events.map(({ kind }) => kind)).toContain('evicted');
    expect(recorded.events.filter(({ kind }) => kind === 'ding')).toHaveLength(3);
  },
);
