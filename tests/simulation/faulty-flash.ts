/**
 * A doorbell's flash with moods: slow, full at any write, failing to sync, and giving other bits than were written.
 * What it lost in a failed sync it never writes again by itself, and never speaks of again.
 */
import { type Flash, FlashError, FlashFullError } from '../../device/board.ts';
import type { ForgetfulFlash } from '../../tools/simulation/forgetful-flash.ts';
import type { Chance } from './chance.ts';

export type FlashTrouble = {
  readonly slowMsMax: number;
  /** Of each write to find no room, having written a part. */
  readonly fullProbability: number;
  /** Of each sync to fail. */
  readonly syncFailProbability: number;
  /** Of each read to give one bit wrong, this time. */
  readonly rotProbability: number;
};
export const soundFlash: FlashTrouble = {
  slowMsMax: 0,
  fullProbability: 0,
  syncFailProbability: 0,
  rotProbability: 0,
};

export function troubledFlash(
  flash: ForgetfulFlash,
  chance: Chance,
  trouble: () => FlashTrouble,
  pass: (ms: number) => Promise<void>,
): Flash {
  const happens = (probability: number): boolean => probability > 0 && chance.happens(probability);
  const slowly = async (): Promise<void> => {
    const { slowMsMax } = trouble();
    if (slowMsMax > 0) await pass(chance.between(0, slowMsMax));
  };
  const rotten = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length === 0) return bytes;
    if (!happens(trouble().rotProbability)) return bytes;
    const at = chance.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.between(0, 7));
    return bytes;
  };
  const written = async (
    path: string,
    bytes: Uint8Array,
    write: (bytes: Uint8Array) => Promise<void>,
  ): Promise<void> => {
    await slowly();
    if (happens(trouble().fullProbability)) {
      const partly = chance.between(0, bytes.length - 1);
      if (partly > 0) await write(bytes.subarray(0, partly));
      throw new FlashFullError(path);
    }
    await write(bytes);
  };
  return {
    write: (path, bytes) => written(path, bytes, (part) => flash.write(path, part)),
    append: (path, bytes) => written(path, bytes, (part) => flash.append(path, part)),
    truncate: (path, length) => flash.truncate(path, length),
    async sync(path) {
      await slowly();
      if (happens(trouble().syncFailProbability)) {
        flash.loseUnsynced(path);
        throw new FlashError(path, 'input/output error');
      }
      await flash.sync(path);
    },
    async syncNames(folder) {
      await slowly();
      await flash.syncNames(folder);
    },
    rename: (from, to) => flash.rename(from, to),
    async read(path) {
      await slowly();
      const bytes = await flash.read(path);
      return bytes === null ? null : rotten(bytes);
    },
    async readRange(path, offset, length) {
      await slowly();
      return rotten(await flash.readRange(path, offset, length));
    },
    list: (folder) => flash.list(folder),
    remove: (path) => flash.remove(path),
    usage: () => flash.usage(),
  };
}
