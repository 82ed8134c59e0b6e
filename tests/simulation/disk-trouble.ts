/**
 * What the disks of a cloud may do to whoever waits for them: take their time, fail before or after it was done, or
 * fail to say that it was. A failed call says so once; the next one may work.
 */
import type { VirtualClock } from '../../cloud-stub/backends/virtual-clock.ts';
import { milliseconds } from '../../device/wire/time.ts';
import type { Chance } from './chance.ts';

export type DiskTrouble = {
  /** Of each call that changes something. */
  readonly failProbability: number;
  /** Each call takes from 0 to this, before it is done and again before it answers. */
  readonly slowMsMax: number;
};
export const soundDisks: DiskTrouble = { failProbability: 0, slowMsMax: 0 };

/** ENOSPC, EIO: nobody but the disk knows. */
export class DiskFault extends Error {
  override readonly name = 'DiskFault';
}

export type FaultyDisks = {
  set(trouble: DiskTrouble): void;
  /** Some time passes, or none. */
  pause(): Promise<void>;
  /** Throws DiskFault as often as it is to. */
  mayFail(what: string): void;
  /** `act`, slowly, failing before it or, where `mayBeDone`, after it. */
  around<Result>(what: string, act: () => Promise<Result>, mayBeDone: boolean): Promise<Result>;
};

export function makeFaultyDisks(clock: VirtualClock, chance: Chance): FaultyDisks {
  let trouble = soundDisks;
  async function pause(): Promise<void> {
    if (trouble.slowMsMax === 0) return;
    const ms = chance.between(0, trouble.slowMsMax);
    if (ms === 0) return;
    await new Promise<void>((resolve) => clock.setTimer('disk', milliseconds(ms), resolve));
  }
  function mayFail(what: string): void {
    if (trouble.failProbability > 0 && chance.happens(trouble.failProbability)) {
      throw new DiskFault(what);
    }
  }
  return {
    set(next) {
      trouble = next;
    },
    pause,
    mayFail,
    async around(what, act, mayBeDone) {
      mayFail(what);
      const result = await act();
      await pause();
      if (mayBeDone) mayFail(`${what}, though it was done`);
      return result;
    },
  };
}
